#!/usr/bin/env bash
# Sends the traffic of a function to its newest revision, step by step, and
# back at the first sign of trouble.
#
#   rollout.sh hold SERVICE   before a deployment: traffic stays where it is
#   rollout.sh roll SERVICE   after it: asks the new revision whether it is
#                             ready, then moves 10, 50 and 100 per cent
#
# REGION is set, for `roll` also SCHEDULER (whom Cloud Scheduler calls as) and
# WATCH_SECONDS (how long a share is watched, 120 unless said).
# https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration
set -euo pipefail

readonly STEPS=(10 50 100)
readonly TAG=candidate

service() {
  gcloud run services describe "$SERVICE" --region "$REGION" "$@"
}

shift_traffic() {
  gcloud run services update-traffic "$SERVICE" --region "$REGION" --quiet "$@"
}

exists() {
  [ -n "$(gcloud run services list --region "$REGION" \
    --filter "metadata.name=$SERVICE" --format 'value(metadata.name)')" ]
}

# The revision that most requests go to.
serving() {
  service --flatten 'status.traffic[]' \
    --format 'value(status.traffic.percent,status.traffic.revisionName)' |
    sort -rn | awk 'NR == 1 { print $2 }'
}

hold() {
  if ! exists; then
    echo "$SERVICE is not there yet: its first revision takes all traffic."
    return
  fi
  local stable
  stable=$(serving)
  shift_traffic --to-revisions "$stable=100"
  echo "All traffic stays with $stable."
}

# Has Cloud Scheduler ask ADDRESS/ready: it calls as callers do, through ingress
# and IAM, and from inside, where Cloud Build is not. A token is for the service
# and holds for a revision's own address too.
ready() {
  local address=$1 audience=$2 job="smoke-$SERVICE" code=
  gcloud scheduler jobs delete "$job" --location "$REGION" --quiet 2>/dev/null || true
  gcloud scheduler jobs create http "$job" --location "$REGION" \
    --schedule '0 0 1 1 *' --uri "$address/ready" --http-method get \
    --oidc-service-account-email "$SCHEDULER" --oidc-token-audience "$audience" \
    --attempt-deadline 60s --max-retry-attempts 0 --quiet
  gcloud scheduler jobs run "$job" --location "$REGION"
  for _ in $(seq 20); do
    sleep "${POLL_SECONDS:-4}"
    code=$(gcloud scheduler jobs describe "$job" --location "$REGION" \
      --format 'csv[no-heading](lastAttemptTime,status.code)')
    case $code in ,*) ;; *) break ;; esac
  done
  gcloud scheduler jobs delete "$job" --location "$REGION" --quiet
  case $code in
    ,*) echo "$address was not called." && return 1 ;;
    *, | *,0) echo "$address is ready." ;;
    *)
      echo "$address is not ready (code ${code#*,}): the log of $SERVICE says why."
      echo 'A portfolio that is new needs ingest and retrain once:'
      echo 'gcloud scheduler jobs run ingest-PORTFOLIO, then retrain-PORTFOLIO.'
      return 1
      ;;
  esac
}

# Whether a revision has answered with 5xx since a moment, or said that it did.
# Who can't be asked is not well.
fails() {
  local revision=$1 since=$2 found
  local filter="resource.type=\"cloud_run_revision\"
    resource.labels.revision_name=\"$revision\"
    timestamp>=\"$since\"
    (httpRequest.status>=500 OR jsonPayload.message=\"request failed\")"
  found=$(gcloud logging read "$filter" --limit 1 --format 'value(insertId)') || return 0
  [ -n "$found" ]
}

# `stable` outlives the function that sets it: this runs at the very end.
back() {
  echo "Back to $stable." >&2
  shift_traffic --to-revisions "$stable=100" || true
  shift_traffic --remove-tags "$TAG" || true
}

roll() {
  local candidate address audience since
  stable=$(serving)
  candidate=$(service --format 'value(status.latestReadyRevisionName)')
  audience=$(service --format 'value(status.url)')
  if [ "$candidate" = "$stable" ]; then
    echo "$stable is the newest revision and has all traffic."
    ready "$audience" "$audience"
    return
  fi
  # From here on whatever fails, or is stopped, ends where it began.
  trap back EXIT
  shift_traffic --update-tags "$TAG=$candidate"
  address=$(service --flatten 'status.traffic[]' \
    --format 'value(status.traffic.tag,status.traffic.url)' |
    awk -v tag="$TAG" '$1 == tag { print $2 }')
  ready "$address" "$audience"
  for share in "${STEPS[@]}"; do
    since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    if [ "$share" = 100 ]; then
      shift_traffic --to-revisions "$candidate=100"
    else
      shift_traffic --to-revisions "$candidate=$share,$stable=$((100 - share))"
    fi
    sleep "${WATCH_SECONDS:-120}"
    if fails "$candidate" "$since"; then
      echo "$candidate fails with $share per cent of the traffic."
      return 1
    fi
    echo "$candidate has $share per cent of the traffic."
  done
  trap - EXIT
  shift_traffic --remove-tags "$TAG"
}

SERVICE=$2
case $1 in
  hold) hold ;;
  roll) roll ;;
  *) echo "usage: rollout.sh hold|roll SERVICE" >&2 && exit 2 ;;
esac
