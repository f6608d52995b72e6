"""An HTTP server on the socket that it inherits, which says when it is ready: sd_listen_fds(3), sd_notify(3)."""
import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time


NAME = f"python gen={os.environ['BATON_GENERATION']}"
stopping = threading.Event()


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one segment

    def do_GET(self):
        self.answer(f"{NAME}\n".encode())

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if stopping.is_set() or self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def version_string(self):
        return NAME

    def log_message(self, *words):
        pass


def argument(name):
    """What stands behind NAME= among the arguments, or nothing."""
    return next((word.split("=", 1)[1] for word in sys.argv if word.startswith(name + "=")), None)


def notify(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifying:
        notifying.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])


if "notify" in sys.argv:
    notify("STATUS=opened by a child\nREADY=1")
    sys.exit()
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
if argument("start-takes"):
    notify("EXTEND_TIMEOUT_USEC=" + argument("extend"))
    time.sleep(float(argument("start-takes")))
if "child" in sys.argv:
    subprocess.run([sys.executable, __file__, "notify"], check=True)
elif "silent" not in sys.argv:
    notify("STATUS=the shop is open\nREADY=1")
print("listening", flush=True)
signal.sigwait({signal.SIGTERM})
stopping.set()
if "says-stopping" in sys.argv:
    notify("STOPPING=1")
if argument("end-takes"):
    notify("EXTEND_TIMEOUT_USEC=" + argument("extend"))
    time.sleep(float(argument("end-takes")))
    print("ended by itself", flush=True)
server.shutdown()
server.server_close()
