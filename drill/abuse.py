#!/usr/bin/python3
"""Attacks a daemon that carries live calls and says what became of the others meanwhile: how long Twilio's webhooks took
to be answered, and how much later the calls' audio came than in the same minute without an attack.

  abuse.py [--only NAME,…] [--calls N] [--seconds N]   every attack in turn; script/drill --abuse starts it
  abuse.py attack NAME OUT                             one of them, against OTTO_PORT (bench_load starts it)
"""
import argparse
import base64
import hashlib
import hmac
import json
import os
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

WEBHOOK_P99_MS = 50  # both from issue and docs/reliability.md: what others may feel of an attack
AUDIO_ADDED_P99_MS = 20
TOKEN = b'0be7c4token0be7c4token0be7c4toke'  # of bench/bridge/providers.hpp, as is the key
ACCOUNT = 'AC0be7c40be7c40be7c40be7c40be7c40b'
KEY = 'key-of-the-bench'

port = int(os.environ.get('OTTO_PORT', '0'))
stopping = threading.Event()


def connect(source='127.0.0.1', timeout=3):
    """From an address of its own where one is named: each has its share of the connections."""
    peer = socket.socket()
    peer.settimeout(timeout)
    peer.bind((source, 0))
    peer.connect(('127.0.0.1', port))
    return peer


# ---- what others feel -------------------------------------------------------------------------------------------------

def signed_report(number):
    """A status callback as Twilio signs it, for a call that nobody knows: it goes through to the database."""
    fields = {'AccountSid': ACCOUNT, 'CallSid': f'CA{number:032x}', 'CallStatus': 'ringing', 'SequenceNumber': '1'}
    path = f'/api/twilio/outbound/status-callback?attempt=01890000-0000-7000-8000-{number:012x}'
    text = f'http://127.0.0.1:{port}{path}' + ''.join(name + fields[name] for name in sorted(fields))
    signature = base64.b64encode(hmac.new(TOKEN, text.encode(), hashlib.sha1).digest()).decode()
    body = urllib.parse.urlencode(fields)
    return (f'POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Twilio-Signature: {signature}\r\n'
            f'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n'
            f'Connection: close\r\n\r\n{body}').encode()


def probe(results):
    """Thirty webhooks a second, each on a connection of its own, as Twilio makes them."""
    number = 0
    while not stopping.is_set():
        number += 1
        request = signed_report(number)
        began = time.monotonic()
        try:
            with connect('127.0.0.100', 5) as peer:
                peer.sendall(request)
                answer = peer.recv(4096)
            status = int(answer.split(b' ', 2)[1]) if answer else 0
        except OSError:
            status = 0
        results.append((status, (time.monotonic() - began) * 1000))
        stopping.wait(max(0.0, 1 / 30 - (time.monotonic() - began)))


# ---- attacks: each runs until `stopping`, and returns what it did --------------------------------------------------------

def nothing():
    stopping.wait()
    return 'no attack'


def slowhttptest(*options):
    """Debian's slowhttptest: 800 connections of one address."""
    out = tempfile.NamedTemporaryFile('w+', delete=False)
    command = ['slowhttptest', '-c', '800', '-r', '400', '-l', '600', '-i', '2', '-p', '3',
               '-u', f'http://127.0.0.1:{port}/api/session', *options]
    child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, 'TERM': 'dumb'})
    stopping.wait()
    child.send_signal(signal.SIGINT)
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
    said = re.sub(r'\x1b\[[0-9;]*m', '', open(out.name, errors='replace').read())
    os.unlink(out.name)
    unavailable = len(re.findall(r'service available:\s*NO', said))
    return f'slowhttptest {" ".join(options)}: 800 connections, {unavailable} looks found the service unavailable'


def open_and_close(rate=1500):
    """Connections that say nothing, as fast as they go."""
    count, began = 0, time.monotonic()
    while not stopping.is_set():
        try:
            connect(f'127.0.0.{2 + count % 8}', 1).close()
        except OSError:
            pass
        count += 1
        ahead = count / rate - (time.monotonic() - began)
        if ahead > 0.01:
            stopping.wait(ahead)
    return f'{count} connections opened and closed'


def hold_idle(wanted=3600):
    """Connections that are kept and say nothing; those that are closed are opened again."""
    held, refused = [], 0
    poll = select.poll()
    by_fd = {}
    while not stopping.is_set():
        while len(by_fd) < wanted and not stopping.is_set():
            try:
                peer = connect(f'127.0.1.{len(held) % 4 + 1}', 1)
            except OSError:
                refused += 1
                break
            held.append(peer)
            by_fd[peer.fileno()] = peer
            stopping.wait(0.001)  # the calls' other ends are on this core
            poll.register(peer, select.POLLIN | select.POLLHUP)
        for fd, _ in poll.poll(100):
            poll.unregister(fd)
            by_fd.pop(fd).close()
    return f'{len(held)} idle connections from four addresses, at most {wanted} at once'


def websockets(rate=300):
    """Upgrades that Twilio has not signed, and some that are none."""
    count, statuses = 0, {}
    began = time.monotonic()
    request = (f'GET /api/twilio/outbound/media-stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n'
               'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'
               'X-Twilio-Signature: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n').encode()
    while not stopping.is_set():
        try:
            with connect('127.0.0.9', 2) as peer:
                peer.sendall(request)
                # A megabyte of frames behind it, whatever the answer is.
                for _ in range(4):
                    peer.sendall(b'\x82\xff' + struct.pack('>Q', 1 << 40) + b'mask' + b'x' * 65536)
                answer = peer.recv(1024)
                status = answer.split(b' ', 2)[1].decode() if answer else 'closed'
        except OSError:
            status = 'reset'
        statuses[status] = statuses.get(status, 0) + 1
        count += 1
        ahead = count / rate - (time.monotonic() - began)
        if ahead > 0.01:
            stopping.wait(ahead)
    return f'{count} WebSocket upgrades with frames behind them: {statuses}'


def signed_sockets(wanted=300):
    """Media streams that Twilio has signed, as a stolen token could: they never send a start."""
    url = f'ws://127.0.0.1:{port}/api/twilio/outbound/media-stream'
    signature = base64.b64encode(hmac.new(TOKEN, url.encode(), hashlib.sha1).digest()).decode()
    request = (f'GET /api/twilio/outbound/media-stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n'
               'Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'
               f'X-Twilio-Signature: {signature}\r\n\r\n').encode()
    held, opened, admitted = [], 0, 0
    while not stopping.is_set():
        while len(held) < wanted and not stopping.is_set():
            try:
                peer = connect('127.0.0.10', 2)
                peer.sendall(request)
                admitted += peer.recv(1024).startswith(b'HTTP/1.1 101')
            except OSError:
                break
            opened += 1
            held.append(peer)
            # Pings without end: 10 of them at each look.
        for peer in list(held):
            try:
                peer.sendall(b'\x89\x80mask' * 10)
                peer.setblocking(False)
                while peer.recv(65536):
                    pass
                raise OSError
            except BlockingIOError:
                peer.settimeout(2)
            except OSError:
                peer.close()
                held.remove(peer)
        stopping.wait(0.2)
    return f'{opened} media streams without a start, flooded with pings: {admitted} upgrades, each closed by the daemon'


def stalled_readers(wanted=60):
    """Pages that ask for live news and for lists, with the key, and read nothing of it."""
    requests = [f'GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-API-Key: {KEY}\r\n\r\n'.encode()
                for path in ('/api/events', '/api/calls?limit=500', '/openapi.json')]
    held, opened = [], 0
    while not stopping.is_set():
        while len(held) < wanted and not stopping.is_set():
            try:
                peer = socket.socket()
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
                peer.settimeout(2)
                peer.bind(('127.0.0.11', 0))
                peer.connect(('127.0.0.1', port))
                for _ in range(20):
                    peer.sendall(requests[opened % 3])
            except OSError:
                pass
            opened += 1
            held.append(peer)
        stopping.wait(0.5)
        for peer in list(held):
            try:
                peer.sendall(requests[0])
            except OSError:
                held.remove(peer)
                peer.close()
    return f'{opened} readers that take nothing'


def bombs():
    """JSON a million levels deep, and forms of a hundred thousand fields, with the right key and without."""
    deep, form = b'[' * 1_000_000, b'&'.join(b'a=1' for _ in range(100_000))
    statuses, count = {}, 0
    while not stopping.is_set():
        for path, kind, body, key in (('/api/n8n/trigger-outbound-campaign', 'application/json', deep, KEY),
                                      ('/api/n8n/trigger-outbound-campaign', 'application/json', deep, 'wrong'),
                                      ('/api/twilio/outbound/status-callback', 'application/x-www-form-urlencoded', form, ''),
                                      ('/api/twilio/outbound/status-callback', 'application/x-www-form-urlencoded',
                                       form[:60_000], '')):
            head = (f'POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-API-Key: {key}\r\nContent-Type: {kind}\r\n'
                    f'Content-Length: {len(body)}\r\nConnection: close\r\n\r\n').encode()
            try:
                with connect('127.0.0.12', 5) as peer:
                    try:
                        peer.sendall(head + body)
                    except OSError:
                        pass  # refused before its end, as it should be
                    answer = peer.recv(1024)
                    status = answer.split(b' ', 2)[1].decode() if answer else 'closed'
            except OSError:
                status = 'reset'
            statuses[status] = statuses.get(status, 0) + 1
            count += 1
        stopping.wait(0.02)
    return f'{count} bodies made to burst: {statuses}'


ATTACKS = {
    'quiet': nothing,
    'slow-headers': lambda: slowhttptest('-H'),
    'slow-bodies': lambda: slowhttptest('-B', '-s', '60000'),
    'slow-reading': lambda: slowhttptest('-X', '-w', '1', '-y', '4', '-z', '1', '-n', '2'),
    'open-close': open_and_close,
    'idle': hold_idle,
    'websockets': websockets,
    'signed-sockets': signed_sockets,
    'stalled-readers': stalled_readers,
    'bombs': bombs,
}


def rss_kb():
    with open(f'/proc/{os.environ["OTTO_PID"]}/status') as status:
        return int(re.search(r'VmRSS:\s+(\d+)', status.read()).group(1))


def attack(name, out):
    """Until SIGTERM; then `out` has what happened."""
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.nice(5)  # the calls' other ends are measured on the same core
    before, results, said = rss_kb(), [], []
    prober = threading.Thread(target=probe, args=(results,))
    prober.start()
    worker = threading.Thread(target=lambda: said.append(ATTACKS[name]()))
    worker.start()
    while not stopping.is_set():  # signals reach the main thread only while it runs Python
        time.sleep(0.05)
    after = rss_kb()
    worker.join(6)
    prober.join(6)
    with open(out, 'w') as file:
        json.dump({'said': (said or ['it did not end'])[0], 'probes': results, 'rssKb': after - before}, file)


# ---- all of them -------------------------------------------------------------------------------------------------------

def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float('inf')


def measure(name, options, work):
    figures, deed = os.path.join(work, name + '.json'), os.path.join(work, name + '.deed.json')
    command = ['taskset', '-c', '1', 'build/bench_load', '--program', 'build/otto', '--core', '0', '--strict',
               '--calls', str(options.calls), '--rate', '50', '--settle-ms', '1000', '--seconds', str(options.seconds),
               '--json', figures, '--during', f'{sys.executable} {os.path.abspath(__file__)} attack {name} {deed}']
    done = subprocess.run(command, capture_output=True, text=True)
    if not os.path.exists(figures) or not os.path.exists(deed):
        raise SystemExit(f'abuse: {name} was not measured:\n{done.stdout}{done.stderr}')
    with open(figures) as file, open(deed) as other:
        return json.load(file), json.load(other), done


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    parser.add_argument('--only', default='', help='attacks, by name: ' + ', '.join(ATTACKS))
    parser.add_argument('--calls', type=int, default=50)
    parser.add_argument('--seconds', type=int, default=8)
    options = parser.parse_args()
    names = ['quiet'] + [name for name in ATTACKS if name != 'quiet' and (not options.only or name in options.only.split(','))]
    base, failed = {}, []
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            figures, deed, done = measure(name, options, work)
            audio = {way: figures[way]['latency_ms']['p99'] for way in ('up', 'down')}
            base = base or audio
            added = max(audio[way] - base[way] for way in audio)
            times = [took for _, took in deed['probes']]
            errors = sum(status not in (200, 204) for status, _ in deed['probes'])
            p99 = percentile(times, 0.99)
            lost = figures['up']['lost'] + figures['down']['lost'] + figures['lostLegs'] + figures['failed']
            late = figures['loadLateMs']['p99']  # of the calls' other ends: what the measurement itself could not do
            holds = p99 < WEBHOOK_P99_MS and added < AUDIO_ADDED_P99_MS and errors == 0 and lost == 0
            print(f'{name}: {deed["said"]}\n  webhooks p50 {percentile(times, 0.5):.1f} p99 {p99:.1f} ms, {errors} of '
                  f'{len(times)} failed; audio of {options.calls} calls p99 up {audio["up"]:.2f} down {audio["down"]:.2f} ms, '
                  f'{max(added, 0):.2f} added, {lost} lost; the load late by {late:.1f} ms (p99); memory {deed["rssKb"] / 1024:+.1f} MiB'
                  f'{"" if holds else "; FAILED"}', flush=True)
            if not holds:
                failed.append(name)
                print(done.stdout, file=sys.stderr)
    print(f'drill: abuse: {len(names) - 1} attacks under {options.calls} live calls, {len(failed)} felt by others'
          f'{"; FAILED: " + ", ".join(failed) if failed else ""}')
    return 1 if failed else 0


if __name__ == '__main__':
    if sys.argv[1:2] == ['attack']:
        attack(*sys.argv[2:4])
    else:
        sys.exit(main())
