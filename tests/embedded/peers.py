"""Pods that speak to one another: servers that say who they are, and clients that ask them.

They are made of what every Linux has: bash, perl, getent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_kworkload.workloads.namespace import Namespace
from pytest_kworkload.workloads.pods import Pod

IMAGE = "debian:12"
GATE = "kworkload.test/ready"
WITHIN = 30.0  # seconds for what the network must come to

# Port 8080 says the pod's name, by TCP and by UDP; port 8081 repeats every line, and tells when it has seen the last one.
SERVER = r"""
use IO::Socket::INET; use strict; use warnings;
my ($name, $stays) = ($ENV{HOSTNAME}, @ARGV);
$SIG{CHLD} = "IGNORE"; $SIG{TERM} = sub { exit } unless $stays;
my $datagrams = IO::Socket::INET->new(Proto => "udp", LocalPort => 8080) or die $!;
my @listeners = map { IO::Socket::INET->new(LocalPort => $_, Listen => 64, ReuseAddr => 1) or die $! } 8080, 8081;
unless (fork) { while (defined(my $from = recv($datagrams, my $said, 65536, 0))) { send($datagrams, "$name $said", 0, $from) } exit }
for my $listener (@listeners) {
    next if fork;
    while (my $client = $listener->accept) {
        next if fork;
        if ($listener->sockport == 8080) { print $client $name; exit }
        print $client "$name $_" while <$client>;
        print $client "$name end";
        exit;
    }
}
1 while wait != -1;
"""

# An admission webhook of the Service `web` in the namespace $0, which refuses everything. Its certificate is /tmp/cert.
WEBHOOK = r"""
cd /tmp
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key -out cert -subj /CN=web \
    -addext "subjectAltName=DNS:web.$0.svc" -config <(printf '[req]\ndistinguished_name=dn\n[dn]\n')
coproc openssl s_server -quiet -accept 8443 -cert cert -key key
while read -r line <&"${COPROC[0]}"; do
    line=${line%$'\r'}
    case ${line,,} in content-length:*) length=${line#*: } ;; esac
    if [ -z "$line" ]; then
        LC_ALL=C read -r -N "$length" body <&"${COPROC[0]}"
        [[ $body =~ \"uid\":\"([^\"]*)\" ]]
        response='{"uid":"'${BASH_REMATCH[1]}'","allowed":false,"status":{"message":"not today"}}'
        answer='{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":'$response'}'
        printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' ${#answer} "$answer" >&"${COPROC[1]}"
    fi
done
"""

# What the scripts of the tests may call; each answers on its standard output.
CLIENT = r"""
tcp() { cat <"/dev/tcp/$1/$2"; }
udp() { exec 3<>"/dev/udp/$1/$2" && printf %s "$3" >&3 && timeout 5 dd bs=65536 count=1 status=none <&3; }
addresses() { getent ahostsv4 "$1" | awk '$2 == "STREAM" { print $1 }' | sort; }
until_same() { until [ "$("${@:2}" 2>&1)" = "$1" ]; do sleep 0.05; done; }
refused() { until (exec 3<>"/dev/tcp/$1/$2") 2>&1 | grep -q 'Connection refused'; do sleep 0.05; done; }
"""


def server(name: str, *, node: int | None = None, app: str = "web", gate: bool = False, stays: bool = False, **spec: Any) -> dict[str, Any]:
    """`gate`: it is ready when a test says so. `stays`: it goes on serving when it is told to end."""
    container: dict[str, Any] = {
        "name": "main",
        "image": IMAGE,
        "command": ["perl", "-e", SERVER, *(["stays"] if stays else [])],
        "ports": [{"name": "say", "containerPort": 8080}, {"name": "say-udp", "containerPort": 8080, "protocol": "UDP"}],
        # Ready means that it listens.
        "readinessProbe": {"tcpSocket": {"port": 8081}, "periodSeconds": 1},
        **spec.pop("container", {}),
    }
    if gate:
        spec["readinessGates"] = [{"conditionType": GATE}]
    return _pod(name, node, {"labels": {"app": app}}, {"containers": [container], **spec})


def webhook(namespace: str, *, app: str = "web") -> dict[str, Any]:
    container = {
        "name": "main",
        "image": IMAGE,
        "command": ["bash", "-c", WEBHOOK, namespace],
        "readinessProbe": {"tcpSocket": {"port": 8443}, "periodSeconds": 1},
    }
    return _pod("webhook", None, {"labels": {"app": app}}, {"containers": [container]})


def client(name: str = "client", *, node: int | None = None, **spec: Any) -> dict[str, Any]:
    return _pod(name, node, {}, {"containers": [{"name": "main", "image": IMAGE, "command": ["sleep", "infinity"]}], **spec})


def _pod(name: str, node: int | None, metadata: Mapping[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    if node is not None:
        spec["nodeSelector"] = {"kubernetes.io/hostname": f"node-{node}"}
    spec.setdefault("terminationGracePeriodSeconds", 1)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}, "spec": spec}


def service(name: str = "web", *, app: str = "web", **spec: Any) -> dict[str, Any]:
    """Port 80 leads to the port named `say`, whatever its number; port 81 to the one that repeats."""
    ports = [
        {"name": "say", "port": 80, "targetPort": "say"},
        {"name": "say-udp", "port": 80, "targetPort": "say-udp", "protocol": "UDP"},
        {"name": "repeat", "port": 81, "targetPort": 8081},
    ]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": app}, "ports": ports, **spec},
    }


def run(pod: Pod, script: str) -> str:
    """What a script says, in a shell that knows the functions of CLIENT."""
    return pod.exec(["bash", "-c", CLIENT + script], timeout=WITHIN).stdout.strip()


def set_ready(namespace: Namespace, pod: str, ready: bool) -> None:
    condition = {"type": GATE, "status": str(ready)}
    namespace.client.patch("Pod", pod, {"status": {"conditions": [condition]}}, namespace.name, subresource="status")
