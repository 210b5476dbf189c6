# What people do with an installation, and what is held against it. To be sourced after machine.sh.

trap 'status=$?; [[ $status = 0 ]] || { journal 2>/dev/null | tail -n 40; tail -n 20 "$room/console"; } >&2; machine_forget; exit $status' EXIT

step() { printf '\n-- %s (%d s)\n' "$*" "$SECONDS"; }
fail() { echo "NOT SO: $*" >&2; exit 1; }
says() { grep -qF -- "$2" <<<"$1" || fail "it should say \"$2\" and says: $1"; }

serves() { [[ $(inside systemctl is-active parlor || true) = active ]] || fail 'the service is not active'; }
until_active() {
  for _ in $(seq 60); do
    [[ $(inside systemctl is-active parlor || true) = active ]] && return 0
    sleep 0.5
  done
  serves
}

answered() { beside curl --silent --show-error --fail-with-body --insecure --max-time 10 -H 'X-Parlor-Request: 1' "$@"; }
post() { local path=$1 body=$2; shift 2; answered -H 'Content-Type: application/json' -d "$body" "$@" "$url/api/v1$path"; }
field() { node -e 'console.log(process.argv[2].split(".").reduce((v, k) => v[k], JSON.parse(process.argv[1])))' "$1" "$2"; }

# set_up WHAT_INSTALLING_SAID: an organisation, a channel ($key), a token for programs ($token) and a visitor ($visitor).
set_up() {
  local secret founded
  secret=$(grep -o 'set_[A-Za-z0-9_-]*' <<<"$1" | head -n 1)
  founded=$(post /setup "{\"secret\":\"$secret\",\"organisation\":\"Acme\",\"locale\":\"en\",\"time_zone\":\"UTC\",
    \"admin\":{\"name\":\"Olga\",\"email\":\"olga@acme.example\",\"password\":\"correct-horse-9-battery\"},
    \"channel\":{\"name\":\"Shop\"}}" --cookie-jar "$room/olga")
  key=$(field "$founded" channel.key)
  token=$(field "$(post /tokens '{"name":"test"}' --cookie "$room/olga")" secret)
  visitor=$(field "$(post /visitor/session "{\"channel\":\"$key\"}")" token)
}
talk() {
  post /visitor/messages "{\"client_id\":\"$(cat /proc/sys/kernel/random/uuid)\",\"text\":\"$1\",\"attachments\":[]}" \
    -H "Authorization: Bearer $visitor" >/dev/null
}
heard() {
  says "$(answered -H "Authorization: Bearer $visitor" "$url/api/v1/visitor/messages?limit=50")" "$1"
}

# pack VERSION [BINARY]
pack() {
  PARLOR_PACKED=1 PARLOR_DIST=$root/packages packaging/package deb "${2:-$binary}" "$1" >/dev/null
}
# put_in VERSION: installs as somebody with a file on a stick does, and prints what they see.
put_in() {
  local said
  said=$(inside apt-get install -y --allow-downgrades -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold \
    "/packages/parlor_$1_amd64.deb" 2>&1) || { echo "$said" >&2; fail "apt-get failed with $1"; }
  [[ -z $(inside dpkg --audit) ]] || fail "dpkg is left half-way: $(inside dpkg --audit)"
  echo "$said"
}
