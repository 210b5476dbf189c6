#!/usr/bin/env python3
"""Makes tests/upgrade/<name>.tar.gz and <name>.json with a released binary: a small data folder, and what must be found in
it later. Everything goes through the program's public doors.

    tests/upgrade/make.py path/to/parlor 0.1.0-schema7
"""
import hashlib, json, os, re, signal, subprocess, sys, tarfile, tempfile, urllib.request, uuid

PASSWORD = "correct-horse-battery-1"
OWNER = "owner@acme.example"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000080000000808020000004b6d29dc0000001349444154789c63f8cf"
                    "c0808718863a0700aa4f3fc1d4b2a4cf0000000049454e44ae426082")


class Door:
    def __init__(self, url, headers=None):
        self.url, self.headers = url, headers or {}

    def send(self, method, path, body=None, raw=None, headers=None):
        data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
        headers = {"content-type": "application/json", "origin": self.url, "x-parlor-request": "1", **self.headers, **(headers or {})}
        request = urllib.request.Request(self.url + "/api/v1" + path, data=data, method=method, headers=headers)
        with urllib.request.urlopen(request) as answer:
            return answer.headers, answer.read()

    def json(self, *args, **kwargs):
        return json.loads(self.send(*args, **kwargs)[1] or b"null")

    def upload(self, path, name, kind, raw):
        return self.json("POST", path, raw=raw, headers={"content-type": kind, "x-parlor-filename": name})


def sign_in(url, email):
    headers, _ = Door(url).send("POST", "/session", {"email": email, "password": PASSWORD})
    return Door(url, {"cookie": headers["set-cookie"].split(";")[0]})


def fill(url, channel):
    """People who talk, in several languages, with files, notes and an assignment."""
    olga = sign_in(url, OWNER)
    for name in ("ada", "bo"):
        olga.json("POST", "/users", {"name": name.title(), "email": f"{name}@acme.example", "role": "agent", "password": PASSWORD})
    token = olga.json("POST", "/tokens", {"name": "program"})["secret"]
    words = ["hello", "我要退款", "Où est ma commande ?", "😀 " * 20, "x" * 9_000]
    for n in range(12):
        session = Door(url).json("POST", "/visitor/session", {"channel": channel})
        visitor = Door(url, {"authorization": "Bearer " + session["token"]})
        for m in range(6):
            files = []
            if m == 2:
                text = f"file {n} ".encode() * (20 + 3_000 * (n == 0))
                files = [visitor.upload("/visitor/attachments", f"notes-{n}.txt", "text/plain", text)["id"]]
            if m == 4 and n < 4:
                files = [visitor.upload("/visitor/attachments", "picture.png", "image/png", PNG)["id"]]
            visitor.json("POST", "/visitor/messages", {"client_id": str(uuid.uuid4()), "text": words[(n + m) % 5], "attachments": files})
    for conversation in olga.json("GET", "/conversations?view=all&limit=100")["items"]:
        path = "/conversations/" + conversation["id"]
        for kind, text in (("text", "How can I help?"), ("note", "called back")):
            olga.json("POST", path + "/messages", {"client_id": str(uuid.uuid4()), "kind": kind, "text": text})
    return olga, token


def look(olga):
    """What must still be so: every conversation, every message, every file's hash."""
    found = {"people": sorted(p["email"] for p in olga.json("GET", "/users")["items"]), "conversations": {}}
    for conversation in olga.json("GET", "/conversations?view=all&limit=100")["items"]:
        items = olga.json("GET", f"/conversations/{conversation['id']}/messages?after=0&limit=100")["items"]
        for message in items:
            for file in message.get("attachments") or []:
                bytes_ = olga.send("GET", "/attachments/" + file["id"])[1]
                file["sha256"] = hashlib.sha256(bytes_).hexdigest()
        found["conversations"][conversation["id"]] = items
    return found


def main():
    program, name = os.path.abspath(sys.argv[1]), sys.argv[2]
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as folder:
        data = folder + "/data"
        made = subprocess.run([program, "init", "--organisation", "Acme", "--admin-email", OWNER, "--admin-name", "Olga",
                               "--channel", "Shop", "--password-stdin", "--data", data],
                              input=PASSWORD + "\n", text=True, capture_output=True, check=True).stdout
        recovery = re.search(r"[0-9A-Z]{6}(-[0-9A-Z]{6}){5}", made).group(0)
        channel = re.search(r"wc_[\w-]+", made).group(0)
        serve = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0", "--data", data],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        url = re.search(r"http://[\d.:]+", serve.stdout.readline()).group(0)
        try:
            olga, token = fill(url, channel)
            expected = {"program": subprocess.check_output([program, "--version"], text=True).strip(),
                        "recovery_key": recovery, "channel": channel, "token": token, **look(olga)}
        finally:
            serve.send_signal(signal.SIGTERM)
            serve.wait()
        with open(f"{here}/{name}.json", "w") as out:
            json.dump(expected, out, ensure_ascii=False, indent=1, sort_keys=True)
        # The index is built again; empty shelves are made again.
        wanted = lambda entry: None if re.search(r"/(search\.db.*|lock)$", entry.name) else entry
        with tarfile.open(f"{here}/{name}.tar.gz", "w:gz") as out:
            out.add(data, "data", recursive=False)
            for root, _, files in sorted(os.walk(data)):
                for file in sorted(files):
                    path = os.path.join(root, file)
                    out.add(path, os.path.join("data", os.path.relpath(path, data)), filter=wanted)


main()
