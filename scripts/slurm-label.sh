#!/bin/bash
# Copyright 2026 the Timbrel authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Labels an archive as a Slurm job array, a shard a task; see docs/cluster.md.
# usage: sbatch [--array=1-N] [--cpus-per-task=C] [OPTION]...
#          slurm-label.sh RESULTS ARGUMENT...
# RESULTS is a folder that all nodes see; the arguments are those of timbrel
# label: options, files, folders.  Variables: TIMBREL, the command [timbrel];
# SHARDS, their number, when some tasks of an array are submitted again [the
# number of tasks].
#
#SBATCH --job-name=timbrel
#SBATCH --array=1-8
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=timbrel-%A_%a.log

set -u

if [ $# -lt 2 ] || [ -z "${SLURM_ARRAY_TASK_ID:-}" ]; then
  echo 'usage: sbatch --array=1-N slurm-label.sh RESULTS ARGUMENT...' >&2
  exit 2
fi
results=$1
shift

# Tasks 3 and 5 alone would otherwise be shards of two
tasks=${SLURM_ARRAY_TASK_MIN:-}-${SLURM_ARRAY_TASK_MAX:-}
if [ -z "${SHARDS:-}" ] && [ "$tasks" != "1-$SLURM_ARRAY_TASK_COUNT" ]; then
  echo 'slurm-label.sh: shards of how many? Say SHARDS=N sbatch ...' >&2
  exit 2
fi
shards=${SHARDS:-$SLURM_ARRAY_TASK_COUNT}
file=$results/shard-$SLURM_ARRAY_TASK_ID-of-$shards

was_done=
[ -e "$file" ] && was_done=1
mkdir -p "$results" || exit 1
"${TIMBREL:-timbrel}" label --shard "$SLURM_ARRAY_TASK_ID/$shards" --resume \
  --jobs "${SLURM_CPUS_PER_TASK:-1}" --output "$file" "$@"
status=$?

# The file comes when all is done, though some recordings may have no label: that
# is for the reader of their rows, not a task that failed.
if [ $status = 1 ] && [ -z "$was_done" ] && [ -e "$file" ]; then
  status=0
fi
exit $status
