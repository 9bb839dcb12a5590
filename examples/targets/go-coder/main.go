// Echo server on github.com/coder/websocket.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"

	"github.com/coder/websocket"
)

func echo(ctx context.Context, socket *websocket.Conn) error {
	kind, message, err := socket.Read(ctx)
	if err != nil {
		return err
	}
	return socket.Write(ctx, kind, message)
}

func main() {
	port := flag.Int("port", 0, "port to listen on")
	flag.Parse()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		panic(err)
	}
	fmt.Println("listening on", *port)
	panic(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			CompressionMode: websocket.CompressionContextTakeover,
		})
		if err != nil {
			return
		}
		defer socket.CloseNow()
		// The suite sends messages of up to 16 MiB.
		socket.SetReadLimit(16 << 20)
		for echo(r.Context(), socket) == nil {
		}
	})))
}
