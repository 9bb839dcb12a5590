// A client for `tidegate check-client` on github.com/gorilla/websocket: the part that echoes.
//
//	examples/targets/set-up conformance/adapters/go-gorilla
//	tidegate check-client -s client-wire -- conformance/adapters/go-gorilla/start
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gorilla/websocket"
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
			if module.Path == "github.com/gorilla/websocket" {
				return module.Version
			}
		}
	}
	return "unknown"
}

// echo sends every message back until one side closes.
func echo(socket *websocket.Conn) error {
	for {
		kind, message, err := socket.ReadMessage()
		if err != nil {
			return err
		}
		if err := socket.WriteMessage(kind, message); err != nil {
			// After the own close frame nothing is sent, and the close of the server is still read.
			if !errors.Is(err, websocket.ErrCloseSent) {
				return err
			}
		}
	}
}

// session connects and echoes; leave closes.
func session(leave <-chan struct{}) {
	// Compression is not offered unless one says so.
	dialer := *websocket.DefaultDialer
	dialer.EnableCompression = true
	socket, _, err := dialer.Dial(os.Getenv("TIDEGATE_URL"), nil)
	if err != nil {
		tell("closed", map[string]any{"code": 1006, "reason": err.Error(), "retry": false})
		return
	}
	defer socket.Close()
	socket.SetReadLimit(16 << 20)
	tell("open", nil)
	go func() {
		<-leave
		// The documentation's way to close: send the frame, and read on until the answer.
		frame := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
		_ = socket.WriteControl(websocket.CloseMessage, frame, time.Now().Add(time.Second))
	}()
	err = echo(socket)
	code, reason := 1006, err.Error()
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		code, reason = closed.Code, closed.Text
	}
	tell("closed", map[string]any{"code": code, "reason": reason, "retry": false})
}

func main() {
	tell("ready", map[string]any{
		"contract": 1, "name": "Go gorilla/websocket " + version(), "features": []string{"echo"},
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
