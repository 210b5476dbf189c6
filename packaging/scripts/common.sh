# Shared by the scripts of both packages, and copied into them when they are built.

unit=parlor.service
conf=/etc/parlor/parlor.toml

# In a chroot or a container without systemd nothing is started.
under_systemd() {
    [ -d /run/systemd/system ] && command -v systemctl >/dev/null
}

user_and_folders() {
    if command -v systemd-sysusers >/dev/null; then
        systemd-sysusers parlor.conf
    elif ! getent passwd parlor >/dev/null; then
        useradd --system --user-group --home-dir /var/lib/parlor --no-create-home \
            --shell /usr/sbin/nologin --comment 'Parlor customer service' parlor
    fi
    for folder in /var/lib/parlor /var/backups/parlor; do
        [ -d $folder ] || install -d -m 0700 -o parlor -g parlor $folder
    done
}

show() {
    systemctl show --property "$1" --value $unit
}

# Starts or restarts without waiting for systemd: a start may take as long as a migration takes. Then looks for half a
# minute what comes of it, and says so. What comes of it is never a reason for the package manager to stop half-way.
start_and_say() {
    before=$(show InvocationID)
    systemctl --no-block restart $unit || return 0
    n=0
    while [ $n -lt 60 ]; do
        state=$(show ActiveState)/$(show SubState)
        case $state in
            active/running) [ "$(show InvocationID)" = "$before" ] || break ;;
            failed/* | */auto-restart) break ;;
        esac
        sleep 0.5
        n=$((n + 1))
    done
    case $state in
        active/running)
            parlor setup-link --config $conf ||
                echo "Parlor runs. Its address: systemctl status parlor"
            if [ -e /var/lib/parlor/recovery-key.txt ]; then
                echo "The recovery key is in /var/lib/parlor/recovery-key.txt: move it to a safe place, away from this machine."
            fi
            ;;
        activating/start)
            echo "Parlor is still being started: the store is brought to this version. See: journalctl -fu parlor"
            ;;
        *)
            echo "Parlor is installed, but it does not start ($state). It says:" >&2
            said >&2
            echo "The data is where it was. Look at journalctl -u parlor; a start is tried by: systemctl restart parlor" >&2
            ;;
    esac
}

# The last words of the program itself, which may be several lines. Another reader of the journal than root may see none.
said() {
    journalctl --quiet --no-pager --output cat --unit $unit --lines 40 2>/dev/null |
        awk '/^parlor:/ { if (!speaks) text = ""; text = text "    " $0 "\n" } { speaks = /^parlor:/ } END { printf "%s", text }'
}

# The data goes along only if somebody has said so before.
leave_or_take_data() {
    if [ "${PARLOR_PURGE_DATA:-}" = yes ] || [ -e /etc/parlor/purge-data ]; then
        # What parlor restore put aside, too.
        rm -rf /var/lib/parlor /var/lib/parlor.before-* /var/backups/parlor
        rm -f /etc/parlor/purge-data
    else
        rmdir --ignore-fail-on-non-empty /var/lib/parlor /var/backups/parlor 2>/dev/null || true
        if [ -d /var/lib/parlor ]; then
            echo "Kept: /var/lib/parlor with the store and its keys, /var/backups/parlor, and their user parlor."
        fi
    fi
}
