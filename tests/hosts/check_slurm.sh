#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# `timbrel label` as a job array of a Slurm of its own: 2,000 recordings, some of
# which are none, in eight shards on two nodes of this machine.  A task is
# killed, another one's script, and a node crashes; what is merged in the end is
# what a single run writes.  The same by GNU parallel.
# usage: check_slurm.sh [BUILD]
#
# shellcheck disable=SC2317 # what claim and trap call seems unreachable

set -u

script=$(realpath "$(dirname "$0")/../../scripts/slurm-label.sh") || exit 1
# shellcheck source=tests/hosts/claims.sh
. "$(dirname "$0")/claims.sh" "${1:-build}"

[ "$(id -u)" = 0 ] || give_up "Slurm's daemons run as root, so this must, too"

N=8
export TIMBREL=${TIMBREL:-$build/timbrel}
archive=$dir/archive
results=$dir/results
host=$(hostname -s)

# --- Slurm ------------------------------------------------------------------

# start NAME COMMAND...: a daemon, in a session of its own
start() {
  local name=$1
  shift
  setsid "$@" >>"$dir/$name.log" 2>&1 &
  daemons[$name]=$!
}
declare -A daemons=()

start_node() { start "$1" slurmd -D -N "$1" -f "$SLURM_CONF"; }

fails() { ! "$@"; }

# descendants PID...: and the processes themselves, the parents first
descendants() {
  local pid
  for pid; do
    echo "$pid"
    # shellcheck disable=SC2046 # a word a process
    descendants $(pgrep -P "$pid")
  done
}

# payload NODE: all processes of a node's jobs
payload() {
  local pid
  for pid in $(pgrep -f "^/bin/bash $dir/spool.$1/job"); do
    # What Slurm started it with; others may have gone meanwhile
    # shellcheck disable=SC2046
    descendants $(ps -o ppid= -p "$pid")
  done
}

stop_slurm() {
  # shellcheck disable=SC2046
  kill -9 $(payload n1) $(payload n2) 2>/dev/null
  kill "${daemons[@]}" 2>/dev/null
  cleanup
}
trap stop_slurm EXIT

mkdir "$dir/state"
chmod 711 "$dir" # Or munge takes no place in it
export SLURM_CONF=$dir/slurm.conf
port=$((20000 + $$ % 10000 * 3))
cat >"$SLURM_CONF" <<END_OF_CONF
ClusterName=timbrel
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge.sock,cred_expire=5
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.%n.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SlurmdTimeout=5
KillWait=1
MinJobAge=600
RequeueExit=137
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=2
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=2
PartitionName=p Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
END_OF_CONF

# Debian's own munged may run with a key of its own, or not at all
(umask 077 && head -c 128 /dev/urandom >"$dir/munge.key")
start munged munged -F --key-file="$dir/munge.key" --socket="$dir/munge.sock" \
  --pid-file="$dir/munged.pid" --log-file="$dir/munge.log" \
  --seed-file="$dir/munge.seed"
patiently test -S "$dir/munge.sock" || give_up "munge starts"
start slurmctld slurmctld -D -c -f "$SLURM_CONF"
start_node n1
start_node n2
n_idle() { [ "$(sinfo -h -N -t idle -o %N | sort | tr '\n' ' ')" = "n1 n2 " ]; }
patiently n_idle || give_up "Slurm starts two nodes"
claim "Slurm starts two nodes" true

# --- What there is to label -------------------------------------------------

# Sounds that differ, under many names; of each fifty files one is none.  A shard
# must have some seconds of work, to be disturbed at.
/usr/bin/python3 - "$archive" <<'END_OF_PYTHON'
import io
import os
import sys
import wave

import numpy as np

RATE = 8000
SECONDS = 20
N_FILES = 2000
N_SOUNDS = 20


def notes(seed):
    """A decaying tone each second, as a WAV file of 8 bits."""
    random = np.random.default_rng(seed)
    time = np.arange(RATE) / RATE
    sound = np.concatenate(
        [
            np.sin(2 * np.pi * hertz * time) * np.exp(-4 * time)
            for hertz in random.uniform(100, 1000, SECONDS)
        ]
    )
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes((128 + 100 * sound).astype(np.uint8).tobytes())
    return out.getvalue()


def hostile(good, kind):
    """What is no recording, or only a part of one."""
    return [
        b"",
        b"violin\n" * 1000,
        b"\0" * 4096,
        good[:20],
        good[:4] + b"\xff" * 40 + good[44:],
    ][kind % 5]


def place(i):
    folder = os.path.join(sys.argv[1], f"{i % 7}", f"{i % 40}")
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, f"{i}.wav")


for i in range(N_FILES):
    if i % 50 == 49:
        with open(place(i), "wb") as file:
            file.write(hostile(notes(0), i // 50))
    elif i < N_SOUNDS:
        with open(place(i), "wb") as file:
            file.write(notes(i))
    else:
        os.link(place(i % N_SOUNDS), place(i))
END_OF_PYTHON

"$TIMBREL" label --quiet --format jsonl --output "$dir/single" "$archive" \
  2>"$dir/single.log"
claim "a single run labels what it can, and says that it can't all" [ $? = 1 ]
rows() { grep -c "\"type\":\"$1\"" "$dir/single"; }
claim "it has a row for each recording" [ "$(rows file)" = 1960 ]
claim "and one for each file that is none" [ "$(rows error)" = 40 ]

# merged FOLDER FILE: what all shards there wrote is what the single run wrote
merged() {
  rm -f "$dir/merged"
  "$TIMBREL" merge --output "$dir/merged" "$1"/shard-*[0-9] 2>>"$dir/merge.log" &&
    cmp -s "$dir/merged" "$2"
}

# --- A job array, with accidents --------------------------------------------

# has_begun I: shard I has labelled something, but not all
has_begun() {
  local journal=$results/shard-$1-of-$N.journal
  [ -e "$journal" ] && [ "$(wc -l <"$journal")" -gt 20 ] &&
    ! tail -n 1 "$journal" | grep -q '^end '
}

# wait_for COMMAND...: as patiently, but often, and for minutes
wait_for() {
  for _ in $(seq 6000); do
    "$@" 2>/dev/null && return 0
    sleep 0.02
  done
  return 1
}

# task I: the job of an array's task
task() { squeue -h -r -j "${job}_$1" -o %A; }

# tasks_of NODE: the tasks that run there
tasks_of() { squeue -h -r -j "$job" -w "$1" -t R -o %K; }

# label_of I: the process that labels shard I
label_of() { pgrep -o -f "^$TIMBREL label --shard $1/[0-9]* .*$dir/"; }

# kill_label I: as the kernel does that is short of memory
kill_label() { has_begun "$1" && kill -9 "$(label_of "$1")"; }

# kill_script I: the task's script itself
kill_script() {
  has_begun "$1" &&
    kill -9 "$(pgrep -o -f "^/bin/bash $dir/spool.n[12]/job0*$(task "$1")/")"
}

# crash NODE: all of it, while one of the first tasks there is amid its work, but
# not the very first
crash() {
  local i
  for i in $(tasks_of "$1"); do
    if [[ $i = [234] ]] && has_begun "$i"; then
      crashed=$i
      # shellcheck disable=SC2046
      kill -9 "${daemons[$1]}" $(payload "$1")
      scontrol update nodename="$1" state=down reason=crash
      return 0
    fi
  done
  return 1
}

# keep I: its journal as it is; was_kept I: it is the beginning of the last one
keep() { cp "$results/shard-$1-of-$N.journal" "$dir/kept-$1"; }
was_kept() {
  # But for a line that was cut off
  sed -i '$d' "$dir/kept-$1"
  [ "$(wc -l <"$dir/kept-$1")" -ge 20 ] &&
    cmp -s -n "$(stat -c %s "$dir/kept-$1")" "$dir/kept-$1" \
      "$results/shard-$1-of-$N.journal"
}

field() { scontrol show job "$1" | tr ' ' '\n' | sed -n "s/^$2=//p"; }

# restarts I: how often the task was begun again
restarts() { field "${job}_$1" Restarts; }

has_failed() { [ "$(field "${job}_$1" JobState)" = FAILED ]; }
all_have_ended() { [ -z "$(squeue -h -j "$job")" ]; }
all_are_complete() {
  [ "$(field "$job" JobState | sort | uniq -c | tr -d ' ')" = "${N}COMPLETED" ]
}

job=$(sbatch --parsable --array=1-$N --output="$dir/task-%a.log" "$script" \
  "$results" --format jsonl "$archive") || give_up "Slurm takes a job array"

claim "a task's command is killed" wait_for kill_label 1
keep 1
crashed=
claim "a node crashes" wait_for crash n2
keep "$crashed"
start_node n2
claim "a task's script is killed" wait_for kill_script 5
keep 5
claim "which fails" patiently has_failed 5
claim "and is put back" scontrol requeue "${job}_5"

wait_for all_have_ended
claim "in the end all tasks are complete" all_are_complete
claim "the first was begun again" [ "$(restarts 1)" = 1 ]
claim "so was that on the node" [ "$(restarts "$crashed")" = 1 ]
claim "each went on where it was" was_kept 1
claim "also that on the node" was_kept "$crashed"
claim "also that of the script" was_kept 5
claim "what is merged is what the single run wrote" merged "$results" "$dir/single"

# ends_with STATUS IDS COUNT ARGUMENT...: what the script does as the first of the
# tasks of an array
ends_with() {
  local expected=$1 ids=$2 count=$3
  shift 3
  SLURM_ARRAY_TASK_ID=${ids%-*} SLURM_ARRAY_TASK_MIN=${ids%-*} \
    SLURM_ARRAY_TASK_MAX=${ids#*-} SLURM_ARRAY_TASK_COUNT=$count \
    "$script" "$@" >>"$dir/script.log" 2>&1
  [ $? = "$expected" ]
}

claim "a task fails that can't label" \
  ends_with 1 1-8 8 "$dir/other" --model "$dir/none" "$archive"
claim "also where another run has been" \
  ends_with 1 1-8 8 "$results" --format csv "$archive"
claim "some tasks of an array are no shards" \
  ends_with 2 3-5 2 "$results" --format jsonl "$archive"
export SHARDS=8
claim "unless they know of how many" \
  ends_with 1 3-5 2 "$results" --format jsonl "$archive"
claim "there is still what the single run wrote" merged "$results" "$dir/single"

# --- GNU parallel -----------------------------------------------------------

part=$archive/0
"$TIMBREL" label --quiet --format jsonl --output "$dir/single-part" "$part" \
  2>>"$dir/single.log"
mkdir "$dir/parallel"

# by_parallel: four shards, as docs/cluster.md has it
by_parallel() {
  parallel --jobs 4 --joblog "$dir/joblog" --resume-failed \
    "$TIMBREL label --shard {}/4 --resume --jobs 1 --format jsonl \
      --output $dir/parallel/shard-{} $part" ::: 1 2 3 4 >>"$dir/parallel.log" 2>&1
}

kill_first() { kill -9 "$(label_of 1)"; }
was_noted() { awk '$1 == 1 && $8 == 9 { n = 1 } END { exit !n }' "$dir/joblog"; }

by_parallel &
claim "a job of GNU parallel is killed" wait_for kill_first
wait $!
claim "which it notes" was_noted
all_are_there() { merged "$dir/parallel" "$dir/single-part"; }
claim "without that job's shard nothing is merged" fails all_are_there
by_parallel
claim "started again, it does what is left" all_are_there
finish
