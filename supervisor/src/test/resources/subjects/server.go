// An HTTP server on the socket that it inherits, which says when it is ready: sd_listen_fds(3), sd_notify(3).
package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	if os.Getenv("LISTEN_FDS") == "" {
		log.Fatal("it is to inherit its socket: LISTEN_FDS")
	}
	listener, err := net.FileListener(os.NewFile(3, "http"))
	if err != nil {
		log.Fatal(err)
	}
	name := "go gen=" + os.Getenv("BATON_GENERATION")
	var stopping atomic.Bool
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", name)
		if stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			w.Write(body)
		} else {
			io.WriteString(w, name+"\n")
		}
	})}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		<-stop
		stopping.Store(true)
		listener.Close()
		// Shutdown cuts kept-alive clients that are about to ask: until then they are told to go.
		time.Sleep(time.Second)
		server.Shutdown(context.Background())
		close(ended)
	}()
	notify("READY=1")
	if err := server.Serve(listener); !stopping.Load() {
		log.Fatal(err)
	}
	<-ended
}

func notify(text string) {
	socket, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
	if err != nil {
		log.Fatal(err)
	}
	defer socket.Close()
	socket.Write([]byte(text))
}
