#!/usr/bin/env bash
# Weakens one ordering, or breaks one step of the protocol, at a time, and expects the model of that step to fail. A
# mutant that survives is an ordering that nothing shows to be needed, or a hole in the models: exit 1.
#
# Usage: scripts/loom-mutants.sh [PATTERN]    (only mutants whose name contains PATTERN)
set -euo pipefail
cd "$(dirname "$0")/.."

# mutant, and the model that must detect it
mutants='
E1_PUBLISH=Relaxed            e1_publish::refreshed_view_shows_whole_records
E1_PUBLISH_GROUP=Relaxed      e1_publish::batch_within_the_head_shows_whole_records
E1_PUBLISH_MANY=Relaxed       e1_publish::committed_records_are_shown_whole
E1_CAPTURE=Relaxed            e1_publish::taken_view_shows_whole_records
E1_REFRESH=Relaxed            e1_publish::refreshed_view_shows_whole_records
E2_CURRENT=Relaxed            e2_open_pin::fresh_views_never_go_back_while_windows_are_recycled
E2_CURRENT_LOAD=Relaxed       e2_open_pin::fresh_views_never_go_back_while_windows_are_recycled
E2_OPEN=Relaxed               e2_open_pin::fresh_views_never_go_back_while_windows_are_recycled
E2_PIN=Relaxed                e2_open_pin::fresh_views_never_go_back_while_windows_are_recycled
E2_SECOND_LOOK=Relaxed        e2_open_pin::refresh_is_never_older_than_a_recycled_windows_view
E2_LIST=Relaxed               e2_open_pin::lists_of_all_windows_are_read_while_they_are_recycled
E2_WALK=Relaxed               e2_open_pin::lists_of_all_windows_are_read_while_they_are_recycled
NO_SECOND_LOOK                e2_open_pin::fresh_views_never_go_back_while_windows_are_recycled
E3_PUSH=Relaxed               e3_unpin_reuse::segments_are_reused_after_their_views
E3_TAKE=Relaxed               e3_unpin_reuse::segments_are_reused_after_their_views
E3_DEAD=Relaxed               e3_unpin_reuse::segments_are_reused_after_their_views
E3_UNPIN=Relaxed              e3_unpin_reuse::segments_are_reused_after_their_views
E3_UNPIN_SEGMENT=Relaxed      e3_unpin_reuse::segments_are_reused_after_their_pins
E3_UNPIN_SEGMENT=Acquire      e3_unpin_reuse::segments_are_reused_after_their_pins
E3_UNPIN_SEGMENT=Release      e3_unpin_reuse::the_last_of_two_pins_passes_on_what_the_first_read
E3_UNPIN_COUNTED=Relaxed      e3_unpin_reuse::the_last_count_on_a_pin_passes_on_what_the_others_read
E3_UNPIN_COUNTED=Acquire      e3_unpin_reuse::the_last_count_on_a_pin_passes_on_what_the_others_read
E3_UNPIN_COUNTED=Release      e3_unpin_reuse::the_last_count_on_a_pin_passes_on_what_the_others_read
E3_BURY=Relaxed               e3_unpin_reuse::writer_reuses_after_pins_that_went_before
E3_BURY_ALONE=Relaxed         e3_unpin_reuse::writer_reuses_after_pins_that_went_before
REUSE_A_SLOT_IN_USE           tables::lagging_view_keeps_its_slots
E4_SEAL=Relaxed               e4_seal_roll::refresh_of_a_sealed_head_brings_its_last_records
SEALED_IS_UNCHANGED           e4_seal_roll::refresh_shows_what_was_published_before_it
SWAP_SEAL_AND_CURRENT         e4_seal_roll::old_head_is_sealed_before_anybody_shows_the_new_window
SHOW_A_GAP                    skip::views_have_no_gap_beside_a_skip
SEAL_SHOWS_MORE               groups::group_of_k_segments_that_begins_in_the_old_head_is_seen_whole
E5_CLAIM=Relaxed              e5_claim::claim_hands_over_what_the_last_writer_left
E5_UNCLAIM=Relaxed            e5_claim::claim_hands_over_what_the_last_writer_left
E5_FINISHED=Relaxed           e7_wait::the_end_shows_all_that_was_published_before_it
E6_LAST=Relaxed               e6_last_handle::last_handle_tears_down_after_all_others
E6_LAST=Acquire               e6_last_handle::last_handle_tears_down_after_all_others
E6_LAST=Release               e6_last_handle::last_handle_tears_down_after_all_others
E7_NOTIFY=Relaxed             e7_wait::waiter_always_learns_of_what_was_published
E7_NOTIFY=Acquire             e7_wait::waiter_always_learns_of_what_was_published
E7_NOTIFY=Release             e7_wait::waiter_always_learns_of_what_was_published
E7_NOTIFY_INLINE=Relaxed      e7_wait::inline_notify_loses_no_waiter
E7_NOTIFY_INLINE=Acquire      e7_wait::inline_notify_loses_no_waiter
E7_NOTIFY_INLINE=Release      e7_wait::inline_notify_loses_no_waiter
NOTIFY_LOOKS_FIRST            e7_wait::inline_notify_loses_no_waiter
E7_WAIT=Relaxed               e7_wait::waiter_always_learns_of_what_was_published
E7_WAIT=Acquire               e7_wait::waiter_always_learns_of_what_was_published
E7_WAIT=Release               e7_wait::waiter_always_learns_of_what_was_published
E7_INTERRUPT=Relaxed          e7_wait::a_count_of_interrupts_shows_what_was_done_before
E7_INTERRUPTS=Relaxed         e7_wait::a_count_of_interrupts_shows_what_was_done_before
E8_GROUP=Relaxed              groups::records_of_an_open_group_are_counted_while_it_goes_on
E8_GROUP_LOOK=Relaxed         groups::records_of_an_open_group_are_counted_while_it_goes_on
'

# Every name that the source can weaken or break must be in the table.
for name in $(grep -rhoE '\b(ordering|mutant)!\([A-Z0-9_]+' src/raw | sed 's/.*(//' | sort -u); do
  grep -qE "^$name(=| )" <<<"$mutants" || { echo "loom-mutants: $name is in the source, but no model is said to kill it"; exit 1; }
done

export RUSTFLAGS="--cfg loom ${RUSTFLAGS:-}"
binary=$(cargo test --release --manifest-path models/Cargo.toml --target-dir target/loom --lib --no-run --message-format=json 2>/dev/null |
  sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
[ -x "$binary" ] || { echo "loom-mutants: the models do not build (try: make loom)"; exit 1; }

survivors=0 count=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT
while read -r mutant model; do
  [[ -n "$mutant" && "$mutant" == *"${1:-}"* ]] || continue
  count=$((count + 1))
  # Without the mutant the model passes (make loom). With it, the run must fail, and in that model. Some runs fail in a
  # destructor, which aborts: that is a failure as well.
  status=0
  { ATOMIC_LOG_MUTANT="$mutant" timeout 300 "$binary" --exact --test-threads=1 "raw::loom_tests::$model" >"$output" 2>&1 || status=$?; } 2>/dev/null
  if [ "$status" -ne 0 ] && [ "$status" -ne 124 ] && grep -q "running 1 test" "$output" &&
    grep -qE "Causality violation|assertion|was not|\b[IE][0-9]+\b|unwrap|leak|deadlock|SIG" "$output"; then
    printf '  %-26s killed by %s\n' "$mutant" "$model"
  else
    printf '  %-26s SURVIVED %s (exit %s)\n' "$mutant" "$model" "$status"
    survivors=$((survivors + 1))
  fi
done <<<"$mutants"
echo "$((count - survivors)) killed, $survivors survived"
[ "$survivors" -eq 0 ] && [ "$count" -gt 0 ]
