# SPDX-License-Identifier: MIT
"""browser.py - Debian's chromium without a window, driven by chromedriver over plain HTTP; for the tests of pages."""
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# By a pipe: a socket to localhost needs a machine that knows that name, which a fresh one need not.
FLAGS = ["--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--no-first-run", "--disable-dev-shm-usage",
         "--disable-component-update", "--disable-sync", "--disable-extensions"]
STARTS = 3  # how often it is started, if it does not come up
# The driver is on this machine, whatever proxy there is for others.
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
START = 90  # seconds a busy machine may take to bring it up
KEYS = {"Backspace": "\ue003", "Escape": "\ue00c", "Enter": "\ue007", "Tab": "\ue004"}


class Refused(Exception):
    """The driver's own words."""


def there():
    return shutil.which("chromium") and shutil.which("chromedriver")


class Browser:
    def __init__(self, slow=1.0, dark=False, width=1600):
        self.slow = slow
        for again in range(STARTS, 0, -1):
            try:
                self.begin(dark, width)
                return
            except Refused as why:
                self.close()
                # That a new chromium does not come up is no fault of the page; seen on a busy machine.
                if again == 1:
                    raise
                print(f"... chromium did not come up, once more: {why}", flush=True)
            except Exception:
                self.close()
                raise

    def begin(self, dark, width):
        self.folder = tempfile.mkdtemp(prefix="lesson-")
        self.log = open(f"{self.folder}/driver.log", "w+")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)
        self.session = None
        self.port = self.wait_for(lambda: re.search(r"started successfully on port (\d+)", open(self.log.name).read()), START * self.slow)[1]
        flags = [*FLAGS, f"--user-data-dir={self.folder}/data", f"--window-size={width},1000",
                 *(["--blink-settings=preferredColorScheme=0"] if dark else [])]
        options = {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
                   "timeouts": {"script": int(30000 * self.slow)},
                   "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": flags}}
        answer = self.ask("POST", "", {"capabilities": {"alwaysMatch": options}}, START)
        self.session = answer["sessionId"]

    @staticmethod
    def wait_for(what, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = what()
            if found:
                return found
            time.sleep(0.05)
        raise Refused("nothing came in time; SLOW=2 doubles the limit")

    def ask(self, method, path, body=None, timeout=60):
        url = f"http://127.0.0.1:{self.port}/session{'/' + self.session if self.session else ''}{path}"
        data = None if body is None else json.dumps(body).encode()
        try:
            request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
            with DIRECTLY.open(request, timeout=timeout * self.slow) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as why:
            raise Refused(json.load(why)["value"]["message"]) from None

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.ask("POST", "/execute/sync", {"script": script, "args": arguments})

    def click(self, selector):
        """As a mouse would: it fails where something else lies above."""
        found = self.ask("POST", "/element", {"using": "css selector", "value": selector})
        self.ask("POST", f"/element/{found[ELEMENT]}/click", {})

    def press(self, *keys):
        acts = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": acts}]})

    def resize(self, width, height=1000):
        # The window has a least width; the page is told another one.
        self.ask("POST", "/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}})

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.ask("GET", "/screenshot")))

    def logged(self, kind):
        return self.ask("POST", "/se/log", {"type": kind})

    def requests(self):
        """What has been asked of anybody, but for the browser's own."""
        found = []
        for line in self.logged("performance"):
            message = json.loads(line["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return [url for url in found if not url.startswith(("data:", "chrome:", "devtools:", "about:", "blob:"))]

    def close(self):
        try:
            if self.session:
                self.ask("DELETE", "", timeout=20)
        except Exception:  # it is ended below
            pass
        self.driver.terminate()
        try:
            self.driver.wait(10)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.driver.pid, signal.SIGKILL)  # a browser that did not come up, too
        except ProcessLookupError:
            pass
        self.driver.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
