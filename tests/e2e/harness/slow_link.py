# SPDX-License-Identifier: Apache-2.0
"""Two hosts with a bad line between them: network namespaces of our own, joined by a user-space link that delays,
limits and loses packets, whatever the kernel was built with. Nothing outside of them is touched, and they are gone
with this process."""

import collections
import concurrent.futures
import ctypes
import fcntl
import os
import random
import select
import struct
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
QUEUE_BYTES = 64 * 1024  # of a small router; what comes on top is lost

_libc = ctypes.CDLL(None, use_errno=True)


class Host:
    """A network namespace with loopback and one interface. What run() starts lives in it."""

    def __init__(self, address, peer):
        self.address = address
        # A child of a thread lives in that thread's namespace, and is told of its death: so the thread stays.
        self._thread = concurrent.futures.ThreadPoolExecutor(1)
        self.tun = self.run(self._enter, address, peer)

    def run(self, function, *arguments, **options):
        return self._thread.submit(function, *arguments, **options).result()

    @staticmethod
    def _enter(address, peer):
        if _libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"line", IFF_TUN_NO_PI))
        for command in (f"address add {address} peer {peer} dev line", "link set line up", "link set lo up"):
            subprocess.run(["ip", *command.split()], check=True, capture_output=True)
        return tun

    def close(self):
        self._thread.shutdown()
        os.close(self.tun)


class Direction:
    """One way of the line: packets wait for their turn, then for the delay."""

    def __init__(self, target, dice):
        self.target = target
        self._dice = dice
        self._waiting = collections.deque()  # (due, packet)
        self._free_at = 0.0
        self.carried = self.lost = 0

    def take(self, packet, line, now):
        start = max(now, self._free_at)
        backlog = (start - now) * line.bits_per_second / 8
        if line.is_cut or backlog > QUEUE_BYTES or self._dice.random() < line.loss:
            self.lost += 1
            return
        self._free_at = start + len(packet) * 8 / line.bits_per_second
        self._waiting.append((self._free_at + line.round_trip / 2, packet))

    def deliver(self, now):
        """Passes on what is due; returns when the next packet is, or None."""
        while self._waiting and self._waiting[0][0] <= now:
            os.write(self.target, self._waiting.popleft()[1])
            self.carried += 1
        return self._waiting[0][0] if self._waiting else None


class SlowLink:
    """`near` and `far` and the line between them, whose numbers may be changed at any time."""

    def __init__(self, bits_per_second, round_trip, loss):
        self.bits_per_second = bits_per_second
        self.round_trip = round_trip
        self.loss = loss
        self.is_cut = False
        self.near = Host("192.0.2.1", "192.0.2.2")
        self.far = Host("192.0.2.2", "192.0.2.1")
        # The same packets are lost each time, as far as timing lets them be the same.
        dice = random.Random(7)
        self.up = Direction(self.far.tun, dice)
        self.down = Direction(self.near.tun, dice)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def _carry(self):
        sources = {self.near.tun: self.up, self.far.tun: self.down}
        poll = select.poll()
        for source in sources:
            poll.register(source, select.POLLIN)
        wait = 0.1
        while not self._ended.is_set():
            for source, _ in poll.poll(wait * 1000):
                self._take_all(source, sources[source])
            now = time.monotonic()
            dues = [due for way in sources.values() if (due := way.deliver(now)) is not None]
            wait = min([0.1, *(max(due - now, 0.001) for due in dues)])

    def _take_all(self, source, way):
        try:
            while True:
                way.take(os.read(source, 65536), self, time.monotonic())
        except BlockingIOError:
            pass

    def close(self):
        self._ended.set()
        self._thread.join()
        self.near.close()
        self.far.close()


def why_not():
    """Why the kernel allows no such line here; None when it does."""
    try:
        host = Host("192.0.2.1", "192.0.2.2")
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespace with a TUN device: {error}"
    host.close()
    return None
