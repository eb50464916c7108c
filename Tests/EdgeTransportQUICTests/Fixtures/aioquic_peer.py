"""The other end of edge-frames/1 over QUIC, by aioquic: a server or a client that sends back what it receives, or asks for that.

    aioquic_peer.py server CA CERTIFICATE KEY            prints its port, echoes until its standard input ends
    aioquic_peer.py client CA CERTIFICATE KEY PORT BYTES  sends so many bytes, expects them back, prints "same"

Each end has one unidirectional stream; its end closes the connection (docs/carriers.md).
"""
import asyncio
import hashlib
import sys

from aioquic.asyncio import QuicConnectionProtocol, connect, serve
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, StreamDataReceived


class Peer(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.out = None
        self.received = bytearray()
        self.arrived = asyncio.Event()
        self.terminated = None

    def say(self, data, end=False):
        if self.out is None:
            self.out = self._quic.get_next_available_stream_id(is_unidirectional=True)
        self._quic.send_stream_data(self.out, data, end)
        self.transmit()

    def quic_event_received(self, event):
        if isinstance(event, StreamDataReceived):
            self.heard(event.data, event.end_stream)
        elif isinstance(event, ConnectionTerminated):
            self.terminated = event
            self.arrived.set()

    def heard(self, data, end):
        self.received += data
        self.arrived.set()


class Echo(Peer):
    def heard(self, data, end):
        if data:
            self.say(data)
        if end:
            self.close(error_code=0)


def configuration(is_client, ca, certificate, key):
    made = QuicConfiguration(is_client=is_client, alpn_protocols=["edge-frames/1"])
    made.load_cert_chain(certificate, key)
    made.load_verify_locations(ca)
    if is_client:
        made.server_name = "localhost"
    return made


async def server(arguments):
    endpoint = await serve("127.0.0.1", 0, configuration=configuration(False, *arguments), create_protocol=Echo)
    print(endpoint._transport.get_extra_info("sockname")[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    endpoint.close()


async def client(arguments):
    port, count = int(arguments[3]), int(arguments[4])
    block = hashlib.sha256(b"edge").digest()
    data = (block * (count // len(block) + 1))[:count]
    async with connect(
        "127.0.0.1", port, configuration=configuration(True, *arguments[:3]), create_protocol=Peer
    ) as peer:
        peer.say(data)
        while len(peer.received) < count and peer.terminated is None:
            peer.arrived.clear()
            await asyncio.wait_for(peer.arrived.wait(), 10)
        print("same" if bytes(peer.received) == data else f"different: {len(peer.received)}, {peer.terminated}")
        # Our end, said by a FIN; the answer is the other end's CONNECTION_CLOSE.
        peer.say(b"", end=True)
        await asyncio.wait_for(peer.wait_closed(), 10)
        print(f"closed: {peer.terminated.error_code}", flush=True)


asyncio.run({"server": server, "client": client}[sys.argv[1]](sys.argv[2:]))
