# The disk pool's name server: the same entries, over a variable of its own and over host:/path.
. "${BASH_SOURCE%/*}/habits.sh"

export DPNS_HOST=$HOST
like '[0-9]+\.[0-9]+\.[0-9]+' dpns-ping -h $HOST

top=/grid/testvo/files/dpns
ok dpns-mkdir $top
ok dpns-mkdir -p $top/a/b
echo "an image" > file
ok mdm put file srm://$HOST$top/a/image
like '-rw-rw----   1 Paula    testvo                    9 [A-Z][a-z]{2} [0-3][0-9] [0-2][0-9]:[0-5][0-9] '$top/a/image dpns-ls -l $top/a/image
says "b
image" dpns-ls $HOST:$top/a
ok dpns-chmod o=,g=rx $top/a
ok dpns-setacl -m g:testvo:r-x $top/a
# Without a standard output: what prints nothing works, what prints fails, and neither breaks down.
dpns-mkdir $top/closed >&- 2>err || fail "a closed output kept a directory from being made: $(cat err)"
dpns-ls $top >&- 2>err && fail "what could not be printed counts as printed"
grep -q Unhandled err && fail "a closed output: $(cat err)"
ok dpns-ln -s $top/a/image $top/link
like '# file: '$top'/a
# owner: /DC=org/DC=testgrid/CN=Paula Physician
# group: testvo/Role=physician
user::rwx
.*' dpns-getacl $top/a
ok dpns-rename $top/a/image $top/a/b/image
ok dpns-rm $top/a/b/image
no 1 "$top/a/b/image: No such file or directory" dpns-ls $top/a/b/image
ok dpns-rm -r $top
no 1 "$top: No such file or directory" dpns-rm $top
echo done
