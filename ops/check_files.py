"""What the compose and Kubernetes files name is there, and they leave live calls the time to end (script/deploy files)."""
import pathlib
import re
import sys
import yaml

root = pathlib.Path(__file__).resolve().parent.parent
drain = int(re.search(r'"OTTO_DRAIN_SECONDS", "(\d+)"', (root / 'src/base/config.cpp').read_text()).group(1))
faults = []


def expect(true, fault):
    if not true:
        faults.append(fault)


compose = yaml.safe_load((root / 'docker/compose.yaml').read_text())
services = compose['services']
for name, service in services.items():
    for volume in service.get('volumes', []):
        source = volume.split(':')[0]
        there = (root / 'docker' / source).exists() if source.startswith('.') else source in compose['volumes']
        expect(there, f'compose.yaml: {name} mounts {source}, which is not there')
    for other in service.get('depends_on', {}):
        expect(other in services, f'compose.yaml: {name} depends on {other}')
otto = services['otto']
expect((root / 'docker' / otto['build']['context'] / otto['build']['dockerfile']).exists(), 'compose.yaml: no Dockerfile')
expect(otto['read_only'] and otto['cap_drop'] == ['ALL'], 'compose.yaml: otto may write or has capabilities')
expect(int(otto['stop_grace_period'].rstrip('m')) * 60 > drain, 'compose.yaml: live calls are cut off')

documents = [d for d in yaml.safe_load_all((root / 'ops/kubernetes/otto.yaml').read_text()) if d]
stateful = next(d for d in documents if d['kind'] == 'StatefulSet')['spec']
pod = stateful['template']['spec']
container = pod['containers'][0]
expect(pod['terminationGracePeriodSeconds'] > drain, 'otto.yaml: live calls are cut off')
expect(pod['securityContext']['runAsNonRoot'], 'otto.yaml: root')
expect(container['securityContext']['readOnlyRootFilesystem'], 'otto.yaml: the root may be written')
named = {v['name'] for v in pod['volumes']} | {v['metadata']['name'] for v in stateful['volumeClaimTemplates']}
expect({m['name'] for m in container['volumeMounts']} == named, 'otto.yaml: volumes and mounts differ')
labels = stateful['template']['metadata']['labels']
for d in documents:
    selector = d['spec'].get('selector', {})
    selector = selector.get('matchLabels', selector)
    expect(selector.items() <= labels.items(), f"otto.yaml: the selector of {d['kind']} finds no pod")
unit = (root / 'ops/systemd/otto.service').read_text()
expect(int(re.search(r'TimeoutStopSec=(\d+)', unit).group(1)) > drain, 'otto.service: live calls are cut off')

dockerfile = (root / 'docker/Dockerfile').read_text()
uid = re.search(r'--uid (\d+)', dockerfile).group(1)
expect(int(uid) == pod['securityContext']['runAsUser'], "otto.yaml: another user than the image's")
for source in re.findall(r'^COPY (?!--)(\S+)', dockerfile, re.M):
    expect((root / source).exists(), f'Dockerfile: {source} is not there')

print('\n'.join(faults) or f'files: what they name is there, and live calls have more than {drain} s to end')
sys.exit(bool(faults))
