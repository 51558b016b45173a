"""Asks a question and follows it, or approves what waits. Python 3.9 or later, nothing to install.

    python3 bot.py http://127.0.0.1:8080 prova ask "Quando riapre la biblioteca di via Manzoni?"
    FILODIRETTO_TOKEN=… python3 bot.py http://127.0.0.1:8080 prova approve
"""
import http.client, json, os, random, secrets, sys, time, urllib.error, urllib.request

server, slug, deed, *words = sys.argv[1:]
seat = {"ask": "citizen", "approve": "desk"}[deed]
token = os.environ.get("FILODIRETTO_TOKEN")  # An invitation's. Never in an address: addresses are logged.
AWAY, NOT_NOW = (OSError, http.client.HTTPException), (429, 502, 503, 504)

def call(path, body=None):
    request = urllib.request.Request(f"{server}/api/v1{path}", body and json.dumps(body).encode())
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    return urllib.request.urlopen(request, timeout=35)  # The server says something every 15 seconds.

def send(path, body):
    """Until there is an answer, with the same id, so that it counts once: a time-out is no refusal."""
    while True:
        try:
            return json.load(call(path, body))
        except urllib.error.HTTPError as no:
            if no.code not in NOT_NOW:
                return json.load(no)
            time.sleep(float(no.headers.get("Retry-After", 2)))
        except AWAY:
            time.sleep(1 + random.random())

def listen():
    """Every message. Whoever was away gets what they missed, or a snapshot that replaces it all."""
    cursor, attempt = "", 0
    while True:
        pause = random.random() * min(30, 0.5 * 2**attempt)  # A whole hall comes back, not in one second.
        attempt += 1
        try:
            for line in call(f"/sessions/{slug}/events?as={seat}&after={cursor}"):
                if line.startswith(b"data: "):
                    message = json.loads(line[6:])
                    yield message
                    cursor, attempt = message.get("cursor", cursor), 0
                    if message["type"] == "goodbye":
                        if message["retry_after_ms"] is None:
                            sys.exit(message["reason"])
                        pause = message["retry_after_ms"] / 1000
        except urllib.error.HTTPError as no:
            if no.code not in NOT_NOW:
                sys.exit(json.load(no)["title"])
            pause = float(no.headers.get("Retry-After", pause))
        except AWAY:
            pass
        time.sleep(pause)

def command(**fields):
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)  # A ULID: 48 bits of time, 80 of chance.
    ulid = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> 5 * place & 31] for place in range(25, -1, -1))
    answer = send(f"/sessions/{slug}/commands?as={seat}", {"id": ulid, **fields})
    refused = f"{answer['title']} {answer['detail']}" if "code" in answer else None
    print(fields["type"], f"refused: {refused}" if refused else "done", flush=True)
    return None if refused else ulid

token = token or send("/me", {"embed": True})["token"]
ours, seen = command(type="ask", text=" ".join(words)) if deed == "ask" else None, None
if deed == "ask" and not ours:
    sys.exit(1)
for message in listen():
    changed = [change["question"] for change in message.get("changes", []) if "question" in change]
    for question in message.get("questions", changed):
        if deed == "approve" and question["state"] == "pending" and question["verdict"] == "pass":
            command(type="approve", question=question["id"], rev=question["rev"])
        elif question["id"] == ours and question["state"] != seen:
            seen = question["state"]
            print(seen, flush=True)
            if seen in ("answered", "dismissed", "withdrawn"):
                sys.exit()
