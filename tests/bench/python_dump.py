# python_dump.py - the dump as redis-py with hiredis does it: SCAN, pipelined ZRANGE, decoded text
import socket
import struct
import sys

import redis

server = redis.Redis(unix_socket_path=sys.argv[1])
out = sys.stdout


def text(info_hash, member, score):
    ipv4, ipv6, port = member[:4], member[4:20], struct.unpack(">H", member[20:])[0]
    return "\t".join((
        "peer", info_hash,
        socket.inet_ntop(socket.AF_INET, ipv4) if any(ipv4) else "-",
        socket.inet_ntop(socket.AF_INET6, ipv6) if any(ipv6) else "-",
        str(port), str(int(score)))) + "\n"


def dump(keys):
    import base64
    pipeline = server.pipeline(transaction=False)
    for key in keys:
        pipeline.zrange(key, 0, -1, withscores=True)
    for key, members in zip(keys, pipeline.execute()):
        info_hash = base64.b64decode(key).hex()
        out.write("".join(text(info_hash, m, s) for m, s in members))


cursor = 0
while True:
    cursor, keys = server.scan(cursor, count=100)
    dump([k for k in keys if len(k) == 28])
    if cursor == 0:
        break
