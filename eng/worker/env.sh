# Makes mdm, its other names and libmdm known to a shell: . DIR/env.sh
# The place follows from where this file lies (bash), from MDM_ROOT otherwise.
if [ -n "${BASH_SOURCE:-}" ]; then
  MDM_ROOT=$(cd "$(dirname "${BASH_SOURCE}")" && pwd)
elif [ -z "${MDM_ROOT:-}" ]; then
  echo "env.sh: set MDM_ROOT to the folder that it lies in; only bash tells a file where it is" >&2
  return 1
fi
export MDM_ROOT
export PATH="$MDM_ROOT/bin:$PATH"
export LD_LIBRARY_PATH="$MDM_ROOT/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PKG_CONFIG_PATH="$MDM_ROOT/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
export CMAKE_PREFIX_PATH="$MDM_ROOT${CMAKE_PREFIX_PATH:+:$CMAKE_PREFIX_PATH}"
export MANPATH="$MDM_ROOT/share/man:${MANPATH:-}"
