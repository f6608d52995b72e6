"""An HTTP server on the socket that it inherits, which says when it is ready: sd_listen_fds(3), sd_notify(3)."""
import http.server
import os
import signal
import socket
import sys
import threading


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"python gen={os.environ['BATON_GENERATION']}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def notify(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifying:
        notifying.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])


assert os.environ["LISTEN_PID"] == str(os.getpid())
server = http.server.ThreadingHTTPServer(("", 0), Page, bind_and_activate=False)
server.daemon_threads = False
server.socket.close()
server.socket = socket.socket(fileno=3)
if "blocking" in sys.argv:
    server.socket.setblocking(True)
# Before any thread: a handler that ran in the midst of another thread's start could wait for itself.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
threading.Thread(target=server.serve_forever, args=(0.05,)).start()
if "silent" not in sys.argv:
    notify("STATUS=the shop is open\nREADY=1")
print("listening", flush=True)
signal.sigwait({signal.SIGTERM})
server.shutdown()
server.server_close()
