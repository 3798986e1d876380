#!/bin/sh
# Runs game_loop in its window on a screen of its own, by Xvfb, and looks at the screen, for at least eight seconds and
# until it shows what check_picture.py asks for, after the renderer has stalled once. Then SIGTERM asks the window to
# close. The game's own checks must pass, that of the stall among them, and a spoiled picture must be detected.
# Usage: scripts/game-test.sh PROGRAM DIRECTORY: leaves screen.png there, the last picture that passed
set -eu

program=$1
out=$2
check=$(dirname "$0")/../examples-c/game_loop/check_picture.py

fail() { echo "game-test.sh: $*" >&2; exit 1; }

rm -rf "$out"
mkdir -p "$out"
# It chooses a free display, and prints which; its screen is a file.
Xvfb -displayfd 3 -screen 0 1280x720x24 -fbdir "$out" -nolisten tcp -nocursor 3>"$out/display" 2>"$out/xvfb.log" &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
patience=600
while [ ! -s "$out/display" ]; do
  if ! kill -0 $server 2>/dev/null || [ $patience -eq 0 ]; then
    fail "Xvfb does not start: $(cat "$out/xvfb.log")"
  fi
  patience=$((patience - 1))
  sleep 0.1
done

DISPLAY=:$(cat "$out/display") SDL_VIDEODRIVER=x11 "$program" --stall-at 4 --stall-for 2 >"$out/report" &
game=$!
trap 'kill $game $server 2>/dev/null || true' EXIT
passed=0
began=$(date +%s)
while kill -0 $game 2>/dev/null; do
  sleep 0.3
  cp "$out/Xvfb_screen0" "$out/look.xwd"
  if python3 "$check" "$out/look.xwd" >"$out/look" 2>&1; then
    passed=$((passed + 1))
    mv "$out/look.xwd" "$out/screen.xwd"
  else
    mv "$out/look" "$out/last-fault"
  fi
  seconds=$(($(date +%s) - began))
  if [ $seconds -ge 120 ] || { [ $passed -gt 0 ] && [ $seconds -ge 8 ]; }; then break; fi
done
kill $game 2>/dev/null || true
patience=300
while kill -0 $game 2>/dev/null && [ $patience -gt 0 ]; do
  patience=$((patience - 1))
  sleep 0.1
done
kill -9 $game 2>/dev/null && echo "game-test.sh: game_loop did not end within 30 s of SIGTERM" >&2
status=0
wait $game || status=$?
trap 'kill $server 2>/dev/null || true' EXIT
cat "$out/report"
[ $status -eq 0 ] || fail "game_loop ended with $status"
grep -q '^PASS  the simulation went on' "$out/report" || fail "the renderer never stalled"
[ $passed -gt 0 ] || fail "the screen never showed what it should: $(cat "$out/last-fault")"
echo "the screen was looked at, and right, $passed times"
python3 "$check" "$out/screen.xwd" --prove --png "$out/screen.png"
