# krpc.py - bencode, KRPC packets and a small DHT node of our own, for the scripts beside it
"""
Slow and plain on purpose, and written from the specifications alone (BEP 3, 5, 32, 33, 43): it is what the tools in C are
compared with. Dictionaries have keys of bytes; what decode gives back are int, bytes, list and dict.
"""
import os
import selectors
import socket
import time


def encode(value):
    if isinstance(value, bool) or isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, str):
        return encode(value.encode())
    if isinstance(value, (list, tuple)):
        return b"l" + b"".join(map(encode, value)) + b"e"
    pairs = sorted((key.encode() if isinstance(key, str) else key, item) for key, item in value.items())
    return b"d" + b"".join(encode(key) + encode(item) for key, item in pairs) + b"e"


def decode_at(data, at):
    kind = data[at:at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if kind in (b"l", b"d"):
        items = []
        at += 1
        while data[at:at + 1] != b"e":
            item, at = decode_at(data, at)
            items.append(item)
        return (items if kind == b"l" else dict(zip(items[::2], items[1::2]))), at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    if end > len(data):
        raise ValueError("string reaches past the end")
    return data[colon + 1:end], end


def decode(data):
    """The dictionary that a packet is, or None."""
    try:
        value, end = decode_at(data, 0)
    except (ValueError, IndexError, RecursionError, TypeError):
        return None
    return value if end == len(data) and isinstance(value, dict) else None


def compact(address):
    """6 or 18 bytes of an address and port."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    return socket.inet_pton(family, address[0]) + address[1].to_bytes(2, "big")


def expand(entry):
    """The address and port of 6 or 18 bytes."""
    family = {6: socket.AF_INET, 18: socket.AF_INET6}[len(entry)]
    return socket.inet_ntop(family, entry[:-2]), int.from_bytes(entry[-2:], "big")


def expand_nodes(message):
    """(id, address) of all nodes in a reply."""
    found = []
    for key, size in (b"nodes", 26), (b"nodes6", 38):
        nodes = message.get(key, b"")
        for at in range(0, len(nodes) - size + 1, size):
            found.append((nodes[at:at + 20], expand(nodes[at + 20:at + size])))
    return found


def distance(one, other):
    return int.from_bytes(one, "big") ^ int.from_bytes(other, "big")


def endpoint(address):
    """HOST:PORT as text."""
    return ("[%s]:%d" if ":" in address[0] else "%s:%d") % address[:2]


def udp(address):
    sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind(address)
    sock.setblocking(False)
    return sock


class Client:
    """Asks with ro=1, so that nobody takes it into a table. Binds to the address, which decides where its packets can go."""

    def __init__(self, address):
        self.sock = udp((address, 0))
        # not select(): there may be thousands of descriptors
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.sock, selectors.EVENT_READ)
        self.id = os.urandom(20)

    def ask(self, queries, seconds=1.0, again=3):
        """queries: [(address, method, arguments)]; what came back for each: the message, or None. Lost ones are asked again."""
        answers = [None] * len(queries)
        for _ in range(again):
            waiting = {}
            for number, (address, method, arguments) in enumerate(queries):
                if answers[number] is None:
                    t = os.urandom(6)
                    waiting[t] = number
                    message = {"t": t, "y": "q", "q": method, "ro": 1, "a": {"id": self.id, **arguments}}
                    self.send(encode(message), address)
                if len(waiting) % 64 == 63:
                    self.receive(waiting, answers, 0)
            end = time.monotonic() + seconds
            while waiting and (left := end - time.monotonic()) > 0:
                self.receive(waiting, answers, left)
            if None not in answers:
                break
        return answers

    def send(self, packet, address):
        try:
            self.sock.sendto(packet, address)
        except OSError:
            pass

    def receive(self, waiting, answers, seconds):
        if not self.selector.select(seconds):
            return
        try:
            while waiting:
                message = decode(self.sock.recv(65536))
                if message and message.get(b"t") in waiting:
                    answers[waiting.pop(message[b"t"])] = message
        except OSError:
            pass

    def ping(self, addresses, **how):
        """The ids of the nodes at those addresses, None for who does not answer."""
        return [answer[b"r"][b"id"] if answer and b"r" in answer else None
                for answer in self.ask([(address, "ping", {}) for address in addresses], **how)]

    def get_peers(self, target, begin, width=8):
        """The peers that an iterative look-up finds, as a set of addresses: asks until the 8 nearest that answer are known."""
        known = {}
        asked, peers, first = set(), set(), list(begin)
        while True:
            if first:
                batch, first = [(None, address) for address in first], []
            else:
                near = sorted(known.items(), key=lambda node: distance(node[1], target))[:width]
                batch = [(node_id, address) for address, node_id in near if address not in asked]
                if not batch:
                    return peers
            asked.update(address for _, address in batch)
            queries = [(address, "get_peers", {"info_hash": target}) for _, address in batch]
            for (_, address), answer in zip(batch, self.ask(queries, 0.5, 2)):
                if not answer or b"r" not in answer:
                    known.pop(address, None)
                    continue
                reply = answer[b"r"]
                known[address] = reply[b"id"]
                peers.update(expand(value) for value in reply.get(b"values", []) if len(value) in (6, 18))
                for node_id, told in expand_nodes(reply):
                    if told not in asked:
                        known[told] = node_id
