# A bare Debian 12 with its own systemd and its own network, in a folder. To be sourced.

# Without these there is no machine to boot, and nothing was tested.
((EUID == 0)) || { echo 'tests/package: as root, please: it boots a machine in a folder' >&2; exit 1; }
unshare --mount --net --pid --fork true 2>/dev/null || {
  echo 'tests/package: this machine allows no namespaces (a container without CAP_SYS_ADMIN?): run it in one that does' >&2
  exit 1
}

cache=${PARLOR_CI_CACHE:-$HOME/.cache/parlor-ci}/package
room=$(mktemp -d /var/tmp/parlor-package.XXXXXX)
root=$room/root
net=parlor-package-$$
# The machine's own address, as others would use it. Nobody else is there.
address=10.99.0.2

# machine_make [PACKAGE…]: with these of Debian's, none of which starts by itself.
machine_make() {
  local name include
  name=debian12$(printf -- '-%s' "$@" | sed 's/^-$//')
  include=$(printf ',%s' "$@" | sed 's/^,$//')
  mkdir -p "$cache" "$root"
  if [[ ! -e $cache/$name.tar ]]; then
    mmdebstrap --quiet --variant=minbase --include="systemd,systemd-sysv$include" \
      --customize-hook='chroot "$1" systemctl --quiet mask nginx.service caddy.service caddy-api.service' bookworm "$cache/part.tar"
    mv "$cache/part.tar" "$cache/$name.tar"
  fi
  tar -C "$root" -xf "$cache/$name.tar"
  rm -f "$root/etc/machine-id"
  echo '127.0.0.1 localhost' >"$root/etc/hosts"
  echo 'nameserver 10.99.0.1' >"$root/etc/resolv.conf"
  mkdir "$root/packages"

  # A way out that leads to somebody who only listens, and a count of what goes there.
  ip netns add "$net"
  ip netns add "$net-out"
  ip -netns "$net" link add out type veth peer name in netns "$net-out"
  ip -netns "$net-out" address add 10.99.0.1/24 dev in
  ip -netns "$net-out" link set in up
  ip -netns "$net" link set lo up
  ip -netns "$net" address add $address/24 dev out
  ip -netns "$net" link set out up
  ip -netns "$net" route add default via 10.99.0.1
  beside nft -f - <<<'table inet watch {
    chain out { type filter hook output priority 0; oifname != "lo" meta l4proto { tcp, udp } counter; }
  }'
}

outbound() {
  beside nft list chain inet watch out | grep -o 'packets [0-9]*' | cut -d' ' -f2
}

machine_boot() {
  # Where the host has no unified control groups, the machine gets some.
  unshare --mount bash -c '
    set -e
    mount --make-rprivate /
    if [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ]; then
      umount -R /sys/fs/cgroup
      mount -t cgroup2 cgroup2 /sys/fs/cgroup
      mkdir -p /sys/fs/cgroup/parlor-package
      echo $$ >/sys/fs/cgroup/parlor-package/cgroup.procs
    fi
    exec nsenter --net="/run/netns/$1" systemd-nspawn --quiet --directory "$2" --boot --register=no --keep-unit \
      --console=pipe --resolv-conf=off --timezone=off' - "$net" "$root" </dev/null >>"$room/console" 2>&1 &
  nspawn=$!
  init=
  for _ in $(seq 150); do
    init=$(pgrep -P "$nspawn" -x systemd || true)
    if [[ -n $init ]]; then
      case $(inside systemctl is-system-running 2>/dev/null) in running | degraded) return 0 ;; esac
    fi
    kill -0 "$nspawn" 2>/dev/null || break
    sleep 0.2
  done
  cat "$room/console" >&2
  echo 'the machine does not boot' >&2
  return 1
}

machine_off() {
  [[ -n ${init:-} ]] || return 0
  # What systemd takes for "power off".
  kill -s RTMIN+4 "$init" 2>/dev/null || true
  for _ in $(seq 150); do
    kill -0 "$nspawn" 2>/dev/null || break
    sleep 0.2
  done
  kill -KILL "$nspawn" 2>/dev/null || true
  wait "$nspawn" 2>/dev/null || true
  init=
}

machine_forget() {
  machine_off
  ip netns del "$net" 2>/dev/null || true
  ip netns del "$net-out" 2>/dev/null || true
  rm -rf "$room"
}

inside() {
  nsenter --target "$init" --all env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# In the machine's network, with the tools of this one.
beside() {
  nsenter --net="/run/netns/$net" "$@"
}

journal() {
  inside journalctl --quiet --no-pager --output cat --unit parlor --boot
}
