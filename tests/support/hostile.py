# hostile.py - what the nodes of dht-hostile have in common: their sockets, what came to them, honest answers
"""
A node's behaviour is a function that says what it answers. The rest of a node is here: it listens, writes down who asks,
answers as an honest node would where it should, and sends what is to be sent later.
"""
import heapq
import os
import random
import selectors
import time

import krpc


class Query:
    def __init__(self, packet, sender, sock):
        self.packet, self.sender, self.sock = packet, sender[:2], sock
        self.message = krpc.decode(packet) or {}
        arguments = self.message.get(b"a", {})
        self.t, self.method, self.id = self.message.get(b"t", b""), self.message.get(b"q", b"-"), arguments.get(b"id", b"")
        self.target = arguments.get(b"target", arguments.get(b"info_hash", b"\x00" * 20))


class Node:
    def __init__(self, world, name, answer):
        self.world, self.name, self.answer = world, name, answer
        self.sock, self.id, self.count, self.more = world.socket(self), os.urandom(20), 0, 0
        self.address = self.sock.getsockname()[:2]
        self.nodes_key = b"nodes6" if ":" in self.address[0] else b"nodes"
        self.file = os.open("%s/%s.asked" % (world.dir, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def honest(self, query):
        """The body of an answer as it should be, to whatever it is asked."""
        body = {b"id": self.id}
        if query.method in (b"find_node", b"get_peers", b"sample_infohashes", b"get"):
            body[self.nodes_key] = self.world.nearest(query.target, self.nodes_key)
        if query.method in (b"get_peers", b"get"):
            body[b"token"] = b"token"
        if query.method == b"sample_infohashes":
            body.update({b"samples": bytes(range(60)), b"num": 3, b"interval": 21600})
        return body

    def reply(self, query, **changes):
        """A reply with this in its body; None takes away."""
        body = {**self.honest(query), **{key.encode(): value for key, value in changes.items()}}
        return {b"t": query.t, b"y": b"r", b"v": b"HO\x01\x00", b"ip": krpc.compact(query.sender),
                b"r": {key: value for key, value in body.items() if value is not None}}

    def contacts(self, query, contacts):
        """A reply that tells of these (id, address), and of honest ones after them."""
        nodes = b"".join(node_id + krpc.compact(address) for node_id, address in contacts)
        return self.reply(query, **{self.nodes_key.decode(): nodes + self.honest(query).get(self.nodes_key, b"")})

    def takes(self, packet, sender, sock):
        query = Query(packet, sender, sock)
        line = "%s\t%s\t%d\t%s\n" % (krpc.endpoint(query.sender), query.method.decode("ascii", "replace"),
                                     query.message.get(b"ro", 0), query.t.hex())
        os.write(self.file, line.encode())
        if self.world.honest_to and sender[0].startswith(self.world.honest_to):
            if query.message.get(b"y") == b"q":
                self.send(self.reply(query), query)
            return
        self.count += 1
        for packet in self.answer(self, query) or ():
            self.send(packet, query)

    def send(self, packet, query, sock=None):
        try:
            (sock or query.sock).sendto(packet if isinstance(packet, bytes) else krpc.encode(packet), query.sender)
        except OSError:
            pass


class World:
    def __init__(self, options):
        self.dir, self.ipv6, self.honest_to = options.dir, options.ipv6, options.honest_to
        self.selector, self.later, self.others = selectors.DefaultSelector(), [], []
        for line in open(options.nodes, encoding="ascii") if options.nodes else ():
            _, node_id, ipv4, ipv6, port = line.split("\t")[:5]
            self.others.append((bytes.fromhex(node_id), (ipv4 if ipv4 != "-" else ipv6, int(port))))

    def address(self):
        return "::1" if self.ipv6 else "127.79.%d.%d" % (random.randrange(256), random.randrange(1, 255))

    def socket(self, owner, address=None):
        """Somewhere else each time, or at this address at another port; what comes there is the owner's."""
        sock = krpc.udp((address or self.address(), 0))
        self.selector.register(sock, selectors.EVENT_READ, owner)
        return sock

    def close(self, sock):
        self.selector.unregister(sock)
        sock.close()

    def nearest(self, target, key, count=8):
        size = {b"nodes": 6, b"nodes6": 18}[key]
        near = sorted(self.others, key=lambda node: krpc.distance(node[0], target))[:count]
        return b"".join(node_id + krpc.compact(address) for node_id, address in near if len(krpc.compact(address)) == size)

    def run(self):
        while True:
            left = max(0, self.later[0][0] - time.monotonic()) if self.later else None
            for key, _ in self.selector.select(left):
                for _ in range(64):
                    try:
                        packet, sender = key.fileobj.recvfrom(65536)
                    except OSError:
                        break
                    key.data.takes(packet, sender, key.fileobj)
            while self.later and self.later[0][0] <= time.monotonic():
                _, _, node, packet, query = heapq.heappop(self.later)
                node.send(packet, query)
