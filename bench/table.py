#!/usr/bin/env python3
"""Tables in Markdown from the figures that bench_load has left in a directory: medians over the rounds."""
import datetime
import json
import pathlib
import platform
import statistics
import sys

runs = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob('*.json')):
    name = path.stem.split('-')[0]
    figures = json.loads(path.read_text())
    runs.setdefault((name, figures['calls'], figures['subject']), []).append(figures)


def median(figures, *keys):
    values = []
    for one in figures:
        for key in keys:
            one = one[key]
        values.append(one)
    return statistics.median(values)


def total(figures, *keys):
    return sum(median([one], *keys) for one in figures)


def table(head, rows):
    print('| ' + ' | '.join(head) + ' |')
    print('|' + '---|' * len(head))
    for row in rows:
        print('| ' + ' | '.join(row) + ' |')
    print()


def name_of(figures, subject):
    came = min(one['talking'] for one in figures)
    return subject if all(one['complete'] for one in figures) else f"{subject} (**only {came} calls came up**)"


def machine():
    model = 'unknown'
    for line in pathlib.Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            model = line.split(':')[1].strip()
    cores = len([l for l in pathlib.Path('/proc/cpuinfo').read_text().splitlines() if l.startswith('processor')])
    print(f'{model}, {cores} cores, Linux {platform.release()}, {datetime.date.today().isoformat()}\n')


def cost(name, title):
    rows = []
    for (run, calls, subject), figures in sorted(runs.items(), key=lambda item: (item[0][1], item[0][2] == 'daemon')):
        if run != name:
            continue
        cpu = median(figures, 'cpuMs', 'total')
        base = runs.get(('tls', calls, 'reference'))
        ratio = f"{cpu / median(base, 'cpuMs', 'total'):.2f}" if base else ''
        spread = [one['cpuMs']['total'] for one in figures]
        rows.append([str(calls), name_of(figures, subject), f'{cpu:.3f} ({min(spread):.3f}-{max(spread):.3f})',
                     f"{median(figures, 'cpuMs', 'user'):.3f}", f"{median(figures, 'cpuMs', 'system'):.3f}", ratio,
                     f"{100 * median(figures, 'coreShare'):.0f} %", f"{median(figures, 'callsPerCore'):.0f}",
                     f"{median(figures, 'memoryPerCallKb'):.0f}", f"{100 * median(figures, 'loadCoreShare'):.0f} %"])
    if rows:
        print(f'### {title}\n')
        table(['calls', 'subject', 'CPU ms per call-second (least-most)', 'user', 'system', 'to the reference',
               'core', 'calls per core', 'KB per call', "load's core"], rows)


def latency():
    rows = []
    for (run, calls, subject), figures in sorted(runs.items(), key=lambda item: (item[0][1], item[0][2] == 'daemon')):
        if run not in ('tls', 'burst'):
            continue
        for way in ('up', 'down'):
            cells = [f"{median(figures, way, 'latency_ms', key):.2f}" for key in ('p50', 'p90', 'p99', 'p999', 'max')]
            bad = [str(total(figures, way, key)) for key in ('lost', 'reordered', 'foreign', 'damaged')]
            rows.append([str(calls), subject + (', 1 s events' if run == 'burst' else ''), way, *cells, *bad])
    print('### Added latency, ms\n')
    table(['calls', 'subject', 'way', 'p50', 'p90', 'p99', 'p99.9', 'max', 'lost', 'reordered', 'foreign', 'damaged'],
          rows)


def set_up():
    rows = []
    for (run, calls, subject), figures in sorted(runs.items(), key=lambda item: item[0][1]):
        if run == 'tls' and subject == 'daemon':
            rows.append([str(calls)] + [f"{median(figures, what, key):.1f}" for what in ('acceptedMs', 'setUpMs')
                                        for key in ('p50', 'p99', 'max')])
    print('### Set-up at 100 calls a second, ms from the answer\n')
    table(['calls', 'stream p50', 'p99', 'max', 'agent heard p50', 'p99', 'max'], rows)


def others():
    for (run, calls, _), figures in runs.items():
        if run == 'interrupt':
            print(f"Interruption to `clear` on the wire, {calls} calls: p50 {median(figures, 'clearMs', 'p50'):.2f} ms, "
                  f"p99 {median(figures, 'clearMs', 'p99'):.2f} ms, max {median(figures, 'clearMs', 'max'):.2f} ms "
                  f"({total(figures, 'clears')} of {total(figures, 'interruptions')}).\n")
        if run == 'soak':
            rss = figures[0]['soakRssKb']
            tenth, last = rss[len(rss) // 10], rss[-1]
            print(f"{calls} short calls: resident {tenth} KB after the first tenth, {last} KB at the end "
                  f"({100 * (last - tenth) / tenth:+.1f} %); descriptors {figures[0]['descriptorsBefore']} before, "
                  f"{figures[0]['descriptorsAfter']} after.\n")


machine()
cost('tls', 'TLS to the agent, 100 ms events')
cost('plain', 'The reference without TLS')
cost('pcm', 'The agent in pcm_16000')
latency()
set_up()
others()
