"""Clients that break QUIC's rules in packets that decrypt, which random bytes never do, by aioquic.

    aioquic_hostile.py CA CERTIFICATE KEY PORT SEED INITIALS CONNECTIONS

Sends so many Initial packets with frames of every kind and length, then makes so many connections with a good certificate, each of
which sends such frames once its handshake is over, until it is closed. Prints how many connections were closed by the server.
"""
import asyncio
import random
import socket
import sys

from aioquic.asyncio import QuicConnectionProtocol, connect
from aioquic.buffer import Buffer
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.crypto import CryptoPair
from aioquic.quic.events import ConnectionTerminated
from aioquic.quic.packet import QuicPacketType, QuicProtocolVersion
from aioquic.quic.packet_builder import QuicPacketBuilderStop
from aioquic.tls import Epoch

TYPES = [*range(0x00, 0x20), 0x30, 0x31, 0x40, 0x3FFF, 0x3A7C5100]


def varint(chance):
    top = chance.choice([0, 1, 63, 64, 16383, 16384, 2**30, 2**62 - 1, chance.getrandbits(chance.randrange(1, 62))])
    buffer = Buffer(capacity=8)
    buffer.push_uint_var(top)
    return buffer.data


def frame(chance):
    """The fields of a frame: numbers that are said, or bytes; often too many or too few."""
    body = b"".join(varint(chance) for _ in range(chance.randrange(0, 6)))
    return body + chance.randbytes(chance.choice([0, 0, 8, 16, 40]))


def initial(chance, count):
    """A client's Initial that decrypts, with `count` frames, or with the beginning of a ClientHello."""
    destination, source = chance.randbytes(chance.choice([8, 8, 16, 20])), chance.randbytes(chance.choice([0, 8, 20]))
    payload = b""
    for _ in range(count):
        buffer = Buffer(capacity=8)
        buffer.push_uint_var(chance.choice(TYPES))
        payload += buffer.data + frame(chance)
    if chance.random() < 0.4:
        hello = b"\x01" + chance.randbytes(3) + b"\x03\x03" + chance.randbytes(chance.randrange(0, 600))
        buffer = Buffer(capacity=1000)
        buffer.push_uint_var(6)
        buffer.push_uint_var(chance.choice([0, 0, 0, 5, 2**20, 2**62 - 1]))
        buffer.push_uint_var(len(hello))
        buffer.push_bytes(hello)
        payload = chance.choice([payload, b""]) + buffer.data
    payload = (payload + b"\x00" * 1300)[:1200]
    crypto = CryptoPair()
    crypto.setup_initial(cid=destination, is_client=True, version=QuicProtocolVersion.VERSION_1)
    token = chance.choice([b"", b"", chance.randbytes(40), b"\xb6" + chance.randbytes(70)])
    header = Buffer(capacity=300)
    header.push_uint8(0xC1)
    header.push_uint32(1)
    for part in (destination, source):
        header.push_uint8(len(part))
        header.push_bytes(part)
    header.push_uint_var(len(token))
    header.push_bytes(token)
    header.push_uint16(0x4000 | (2 + len(payload) + 16))
    number = chance.randrange(0, 3)
    header.push_uint16(number)
    return crypto.encrypt_packet(header.data, payload, number)


class Hostile(QuicConnectionProtocol):
    terminated = None

    def quic_event_received(self, event):
        if isinstance(event, ConnectionTerminated):
            self.terminated = event

    def misbehave(self, chance):
        connection = self._quic
        write = connection._write_application

        def write_more(builder, network_path, now):
            write(builder, network_path, now)
            crypto = connection._cryptos[Epoch.ONE_RTT]
            if not crypto.send.is_valid():
                return
            try:
                builder.start_packet(QuicPacketType.ONE_RTT, crypto)
                for _ in range(chance.randrange(1, 4)):
                    body = frame(chance)
                    builder.start_frame(chance.choice(TYPES), capacity=len(body) + 8).push_bytes(body)
            except QuicPacketBuilderStop:
                pass

        connection._write_application = write_more


async def connections(ca, certificate, key, port, chance, count):
    closed = 0
    for _ in range(count):
        configuration = QuicConfiguration(is_client=True, alpn_protocols=["edge-frames/1"], idle_timeout=5)
        configuration.load_cert_chain(certificate, key)
        configuration.load_verify_locations(ca)
        configuration.server_name = "localhost"
        async with connect("127.0.0.1", port, configuration=configuration, create_protocol=Hostile) as peer:
            await peer.ping()
            peer.misbehave(chance)
            for _ in range(200):
                if peer.terminated is not None:
                    closed += 1
                    break
                peer._quic.send_ping(chance.getrandbits(30))
                peer.transmit()
                await asyncio.sleep(0.002)
    return closed


def main():
    ca, certificate, key, port, seed, initials, count = sys.argv[1:]
    chance = random.Random(int(seed))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        for number in range(int(initials)):
            raw.sendto(initial(chance, chance.randrange(0, 12)), ("127.0.0.1", int(port)))
            if number % 20 == 0:
                # Lets the server keep up.
                asyncio.run(asyncio.sleep(0.002))
    closed = asyncio.run(connections(ca, certificate, key, int(port), chance, int(count)))
    print(closed)


main()
