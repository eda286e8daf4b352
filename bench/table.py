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
        base = runs.get(('pcm' if name == 'pcm' else 'tls', calls, 'reference'))
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
    if not rows:
        return
    print('### Added latency, ms\n')
    table(['calls', 'subject', 'way', 'p50', 'p90', 'p99', 'p99.9', 'max', 'lost', 'reordered', 'foreign', 'damaged'],
          rows)


def set_up():
    rows = []
    for (run, calls, subject), figures in sorted(runs.items(), key=lambda item: item[0][1]):
        if run == 'tls' and subject == 'daemon':
            rows.append([str(calls), f"{median(figures, 'placedPerSecond'):.0f}"] +
                        [f"{median(figures, what, key):.1f}" for what in ('acceptedMs', 'setUpMs')
                                        for key in ('p50', 'p99', 'max')])
    if not rows:
        return
    print('### Set-up, ms from the answer\n')
    table(['calls', 'started a second', 'stream p50', 'p99', 'max', 'agent heard p50', 'p99', 'max'], rows)


def descriptors(figures):
    before, after = figures['descriptorKindsBefore'], figures['descriptorKindsAfter']
    more = {kind: after.get(kind, 0) - before.get(kind, 0) for kind in {*before, *after}}
    changes = ', '.join(f'{count:+d} {kind}' for kind, count in sorted(more.items()) if count)
    return f"{figures['descriptorsBefore']} before, {figures['descriptorsAfter']} after" + (
        f' ({changes})' if changes else '')


def others():
    for (run, calls, _), figures in runs.items():
        if run == 'interrupt':
            p50, p99, most = (median(figures, 'clearMs', key) for key in ('p50', 'p99', 'max'))
            print(f'Interruption to `clear` on the wire, {calls} calls: p50 {p50:.2f} ms, p99 {p99:.2f} ms, '
                  f'max {most:.2f} ms '
                  f"({total(figures, 'clears')} of {total(figures, 'interruptions')}).\n")
        if run == 'soak':
            rss = figures[0]['soakRssKb']
            tenth, last = rss[len(rss) // 10], rss[-1]
            live = figures[0]['soakLive']
            print(f"{calls} short calls: resident {tenth} KB after the first tenth with {live[len(live) // 10]} calls "
                  f"under way, {last} KB at the end with {live[-1]} ({100 * (last - tenth) / tenth:+.1f} %).\n")
            table(['calls ended', *(f'{10 * tenths} %' for tenths in range(1, 11))],
                  [[what, *(str(values[len(values) * tenths // 10 - 1]) for tenths in range(1, 11))]
                   for what, values in (('resident, KB', rss), ('calls under way', live))])
            print(f'Descriptors {descriptors(figures[0])}.\n')


def targets():
    """What the voice path is held to, where this run has measured it: with all of its calls."""
    def of(run, calls, subject='daemon'):
        figures = runs.get((run, calls, subject), [])
        return figures if all(one['complete'] for one in figures) else []

    rows = []

    def shown(value, unit):
        return '' if value is None else (f'{value:.2f}' if isinstance(value, float) else str(value)) + unit

    def row(what, value, limit, unit='', base=None):
        rows.append([what, shown(value, unit), shown(base, unit), f'{limit:g}{unit}', 'yes' if value <= limit else '**no**'])

    if of('tls', 400) and of('tls', 400, 'reference'):
        daemon, base = of('tls', 400), of('tls', 400, 'reference')
        row('CPU per call at 400, to the reference', median(daemon, 'cpuMs', 'total') / median(base, 'cpuMs', 'total'),
            1.3)
        row('user CPU per call-second at 400', median(daemon, 'cpuMs', 'user'), 0.25, ' ms', median(base, 'cpuMs', 'user'))
        row(f"set-up p99 at 400, {median(daemon, 'placedPerSecond'):.0f} calls a second (100 are meant)",
            median(daemon, 'setUpMs', 'p99'), 50, ' ms')
        row('memory per call at 400', median(daemon, 'memoryPerCallKb'), 60, ' KB', median(base, 'memoryPerCallKb'))
    for calls, limit in ((400, 10), (800, 20)):
        if not of('tls', calls):
            continue
        for way in ('up', 'down'):
            base = of('tls', calls, 'reference')
            row(f'added latency {way} p99 at {calls}', median(of('tls', calls), way, 'latency_ms', 'p99'), limit, ' ms',
                median(base, way, 'latency_ms', 'p99') if base else None)
        row(f'frames lost at {calls}', sum(total(of('tls', calls), way, 'lost') for way in ('up', 'down')), 0)
    if of('interrupt', 200):
        row('interruption to clear, p99 at 200', median(of('interrupt', 200), 'clearMs', 'p99'), 5, ' ms')
    if all(of(run, 400, subject) for run in ('tls', 'pcm') for subject in ('daemon', 'reference')):
        # User time alone: resampling asks nothing of the kernel, whose share moves by a tenth from run to run.
        cpu = {(run, subject): median(of(run, 400, subject), 'cpuMs', 'user')
               for run in ('tls', 'pcm') for subject in ('daemon', 'reference')}
        of_bytes = cpu['pcm', 'reference'] - cpu['tls', 'reference']  # four times the audio, which anybody pays for
        added = cpu['pcm', 'daemon'] - cpu['tls', 'daemon'] - of_bytes
        row('transcoding to pcm_16000, without what its bytes cost the reference: user time, of the total',
            100 * added / median(of('tls', 400), 'cpuMs', 'total'), 10, ' %')
    for (run, calls, _), figures in runs.items():
        if run == 'soak':
            rss = figures[0]['soakRssKb']
            row(f'memory after {calls} short calls, to that after the first tenth', rss[-1] / rss[len(rss) // 10], 1.02)
    if rows:
        print('### Targets\n')
        table(['what', 'daemon', 'reference', 'at most', 'held'], rows)


machine()
targets()
cost('tls', 'TLS to the agent, 100 ms events')
cost('plain', 'The reference without TLS')
cost('pcm', 'The agent in pcm_16000; the reference forwards as many bytes')
latency()
set_up()
others()
