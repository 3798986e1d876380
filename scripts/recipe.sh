#!/bin/sh
# Prints a recipe of docs/INSTALL.md: the first block of LANGUAGE below the heading TITLE.
#
# Usage: scripts/recipe.sh TITLE LANGUAGE
set -eu
awk -v title="### $1" -v fence="\`\`\`$2" '
  $0 == title { below = 1; next }
  below && /^##/ { exit }
  below && $0 == fence { inside = 1; next }
  inside && /^```/ { found = 1; exit }
  inside
  END { exit !found }' "$(dirname "$0")/../docs/INSTALL.md" ||
  { echo "recipe.sh: docs/INSTALL.md has no block of $2 below «$1»" >&2; exit 1; }
