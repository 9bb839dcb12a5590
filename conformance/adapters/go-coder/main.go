// A client for `tidegate check-client` on github.com/coder/websocket: the part that echoes.
//
//	examples/targets/set-up conformance/adapters/go-coder
//	tidegate check-client -s client-wire -- conformance/adapters/go-coder/start
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/coder/websocket"
)

var output sync.Mutex

// tell writes one line for the suite.
func tell(event string, fields map[string]any) {
	line := map[string]any{"event": event}
	for name, value := range fields {
		line[name] = value
	}
	text, _ := json.Marshal(line)
	output.Lock()
	defer output.Unlock()
	fmt.Println(string(text))
}

// version is that of the library, as it was built in.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/coder/websocket" {
				return module.Version
			}
		}
	}
	return "unknown"
}

// echo sends every message back until one side closes.
func echo(ctx context.Context, socket *websocket.Conn) error {
	for {
		kind, message, err := socket.Read(ctx)
		if err != nil {
			return err
		}
		if err := socket.Write(ctx, kind, message); err != nil {
			return err
		}
	}
}

// session connects and echoes; leave closes.
func session(leave <-chan struct{}) {
	ctx := context.Background()
	// Compression is not offered unless one says so.
	options := &websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover, CompressionThreshold: 1}
	socket, _, err := websocket.Dial(ctx, os.Getenv("TIDEGATE_URL"), options)
	if err != nil {
		tell("closed", map[string]any{"code": 1006, "reason": err.Error(), "retry": false})
		return
	}
	defer socket.CloseNow()
	socket.SetReadLimit(16 << 20)
	tell("open", nil)
	closing := make(chan struct{})
	left := make(chan struct{})
	go func() {
		defer close(left)
		select {
		case <-leave:
			_ = socket.Close(websocket.StatusNormalClosure, "")
		case <-closing:
		}
	}()
	err = echo(ctx, socket)
	close(closing)
	<-left
	code, reason := 1006, err.Error()
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		code, reason = int(closed.Code), closed.Reason
	}
	tell("closed", map[string]any{"code": code, "reason": reason, "retry": false})
}

func main() {
	tell("ready", map[string]any{
		"contract": 1, "name": "Go coder/websocket " + version(), "features": []string{"echo"},
	})
	leave := make(chan struct{})
	leaving := sync.OnceFunc(func() { close(leave) })
	var running sync.WaitGroup
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		var action struct {
			Do string `json:"do"`
		}
		_ = json.Unmarshal(line, &action)
		switch action.Do {
		case "echo":
			running.Go(func() { session(leave) })
		case "close":
			leaving()
		default:
			tell("error", map[string]any{"code": "UNKNOWN_ACTION", "message": action.Do})
		}
	}
	leaving()
	time.AfterFunc(4*time.Second, func() { os.Exit(0) })
	running.Wait()
}
