# Hydra's commands: keys, files sealed here and on the grid, rights; and secrets in shares.
# RESEARCHER names another member's proxy, SERVICES the services file.
. "${BASH_SOURCE%/*}/habits.sh"

export MDM_ENDPOINT=srm://$HOST
as_researcher() { X509_USER_PROXY=$RESEARCHER "$@"; }
researcher="/DC=org/DC=testgrid/CN=Rita Researcher"
head -c 3000000 /dev/urandom > plain

# The host announces where the keystores are. A name that is taken, or that is not there, is an error.
says "registered brain-17" glite-eds-key-register brain-17
no 1 "There is a key 'brain-17' already" glite-eds-key-register brain-17
says "" glite-eds-key-register -q -c aes-256-cbc -k 128 old-style
like '.*aes-256-cbc is not used.*
registered other-style' glite-eds-key-register -c aes-256-cbc -k 128 other-style
no 1 "-k takes 40 to 256 bits" glite-eds-key-register -k 512 long
ok glite-eds-key-unregister other-style
no 1 "There is no key 'other-style'" glite-eds-key-unregister other-style

# Sealed and opened again, the same bytes; what was altered, or sealed with another key, is refused and leaves nothing.
says "encrypted sealed" glite-eds-encrypt brain-17 plain sealed
[ "$(stat -c %s sealed)" = 3000088 ] || fail "the sealed file has $(stat -c %s sealed) bytes"
cmp -s plain sealed && fail "the sealed file is the plain one"
says "decrypted opened" glite-eds-decrypt brain-17 sealed opened
cmp plain opened || fail "other bytes came back"
no 1 "is sealed with another key than 'old-style'" glite-eds-decrypt old-style sealed wrong
[ -e wrong ] && fail "a refused file was written"
cp sealed altered
printf 'xyz' | dd of=altered bs=1 seek=2000000 conv=notrunc 2>/dev/null
no 1 "" glite-eds-decrypt brain-17 altered wrong
[ -e wrong ] && fail "an altered file was written"
: > empty
ok glite-eds-encrypt brain-17 empty empty.sealed
ok glite-eds-decrypt brain-17 empty.sealed empty.opened
[ -e empty.opened ] && [ ! -s empty.opened ] || fail "an empty file did not come back empty"

# Rights, in the shape that scripts cut columns out of.
head="# User: /DC=org/DC=testgrid/CN=Paula Physician
# Group: /testvo/Role=physician
# Base perms: user pdrwl-gs, group --------, other --------"
says "# ID: brain-17
$head" glite-eds-getacl brain-17
as_researcher glite-eds-decrypt brain-17 sealed wrong 2>/dev/null && fail "another member opened it without a right"
says "Changed ACLs on brain-17" glite-eds-setacl -m "$researcher:g" brain-17
says "# ID: brain-17
$head
$researcher:------g-

# ID: old-style
$head" glite-eds-getacl brain-17 old-style
as_researcher glite-eds-decrypt brain-17 sealed theirs > /dev/null || fail "a member with the right g could not open it"
cmp plain theirs || fail "other bytes came to the member"
as_researcher glite-eds-chmod o+g brain-17 2>/dev/null && fail "another member changed the rights"
ok glite-eds-chmod o+gl,g=g brain-17
glite-eds-getacl brain-17 | grep -qx '# Base perms: user pdrwl-gs, group ------g-, other ----l-g-' || fail "chmod did otherwise: $(glite-eds-getacl brain-17)"
base=$(glite-eds-getacl brain-17 | grep 'Base perms:')
[ "$(echo "$base" | cut -c20-27)" = pdrwl-gs ] && [ "$(echo "$base" | cut -c36-43)" = ------g- ] && [ "$(echo "$base" | cut -c52-59)" = ----l-g- ] || fail "the letters stand elsewhere: $base"
no 1 "is no mode" glite-eds-chmod o+z brain-17
no 1 "2 of 3 keys" glite-eds-chmod o-g brain-17 no-such-key nor-this
glite-eds-getacl brain-17 | glite-eds-setacl -X - old-style > /dev/null || fail "a list was not taken from another key"
glite-eds-getacl old-style | grep -qx "$researcher:------g-" || fail "the list did not come over"
# A right that was taken away is gone, also where the entry is written as lists have it; that there is none is said.
says "Changed ACLs on old-style" glite-eds-setacl -d "$researcher:g" old-style
says "glite-eds-setacl: old-style: there is no entry of $researcher to remove" glite-eds-setacl -d "$researcher" old-style
# An entry without rights is one: it keeps out whom others would let in.
ok glite-eds-setacl -x "$researcher:" old-style
glite-eds-getacl old-style | grep -v '^#' > entries
[ "$(cat entries)" = "$researcher:--------" ] || fail "an entry without rights was not kept: $(cat entries)"
says "Changed ACLs on old-style" glite-eds-setacl -D entries old-style
glite-eds-getacl old-style | grep -q '^/' && fail "entries are left after -D"
ok glite-eds-setacl -x NONE brain-17
glite-eds-getacl brain-17 | grep -q "^/" && fail "entries are left after -x NONE"
no 1 "say what to change" glite-eds-setacl brain-17
no 1 "said twice" glite-eds-setacl -m /testvo:g -d /testvo brain-17

# On the grid: what lies there opens only with the key; the key goes with the file. The original's lines, out of which scripts cut the GUID.
remote=lfn:/grid/testvo/files/mask.nii
glite-eds-put plain $remote > put 2> /dev/null || fail "a file was not put"
guid=$(grep GUID put | cut -f2 -d ':')
[[ $(cat put) =~ ^"Transfer Completed:

  LFN                     : lfn:/grid/testvo/files/mask.nii
  GUID                    : "[0-9a-f-]{36}"
  SURL                    : srm://$HOST/grid/testvo/files/mask.nii
  Key                     : "([0-9a-f]{32})"
  Locally Read [bytes]    : 3000000
  Remote Written [bytes]  : 3000088
  Adler-32                : "[0-9a-f]{8}$ ]] || fail "it was put with other words: $(cat put)"
key=${BASH_REMATCH[1]}
ok mdm get --sealed /grid/testvo/files/mask.nii raw
cmp -s plain raw && fail "it lies there in clear"
says "decrypted unsealed" glite-eds-decrypt $guid raw unsealed
cmp plain unsealed || fail "other bytes came out of what was fetched sealed"
no 1 "another key than 'old-style'" glite-eds-get -i old-style $remote wrong
[ -e wrong ] && fail "a refused file was written"
no 1 "" glite-eds-put plain $remote
# A key belongs to a file and not to its name: what is renamed keeps it, what comes under the old name has another.
ok lfc-rename /grid/testvo/files/mask.nii /grid/testvo/files/renamed
other=$(glite-eds-put plain $remote 2> /dev/null | grep ' Key ' | cut -f2 -d:)
[ $other != $key ] || fail "two files have one key"
ok glite-eds-chmod g+g guid:${guid# }
says "# ID: $key
${head/group --------/group ------g-}" glite-eds-getacl $key
ok glite-eds-rm $remote
no 1 "There is no key" glite-eds-getacl $other
no 1 "" glite-eds-get $remote gone
back=$(mktemp ./backXXXXXX)
says "fetched $back 3000000 bytes" glite-eds-get lfn:/grid/testvo/files/renamed $back
[ "$(stat -c %a $back)" = 600 ] || fail "others may read what came in the place of a file of one's own"
cmp plain $back || fail "other bytes came back from the grid"
ok glite-eds-encrypt $guid plain /dev/null
[ -c /dev/null ] || fail "a file took the place of /dev/null"
ok glite-eds-key-unregister $guid
no 1 "There is no key" glite-eds-key-unregister $guid
ok mdm rm /grid/testvo/files/renamed
# A name of one's own must be new: the key of another file is not taken, nor lost.
ok glite-eds-key-register named
no 1 "There is a key 'named' already" glite-eds-put -i named plain $remote
no 3 "No such file" mdm stat /grid/testvo/files/mask.nii
ok glite-eds-key-unregister named
ok glite-eds-put -i named plain $remote
ok glite-eds-get -i named $remote
cmp plain mask.nii || fail "other bytes came back under its own name"
ok glite-eds-rm -i named $remote
no 1 "There is no key 'named'" glite-eds-getacl named
# -u registers the key and leaves the file as it is.
like '.*Key                     : open.*' glite-eds-put -u -i open plain $remote
ok mdm get /grid/testvo/files/mask.nii clear
cmp plain clear || fail "it was sealed in spite of -u"
no 1 "" glite-eds-rm $remote
ok glite-eds-rm -i open $remote
# A put that is refused leaves no key behind; a GUID is no name for what is not there yet.
no 1 "" glite-eds-put -i nowhere plain lfn:/grid/testvo/nowhere/mask.nii
no 1 "There is no key" glite-eds-getacl nowhere
no 1 "Name where to put it" glite-eds-put plain guid:${guid# }

# The services file of gLite names the keystores where no host does.
unset MDM_ENDPOINT
no 1 "Which keystores?" glite-eds-getacl brain-17
export GLITE_SD_PLUGIN=file GLITE_SD_SERVICES_XML=$SERVICES
ok glite-eds-getacl brain-17
like '# Using endpoint https://.*
# Using endpoint https://.*
# Using endpoint https://.*
# ID: brain-17.*' glite-eds-getacl -v brain-17
export GLITE_SD_METADATA_TYPE=org.glite.Other
no 1 "has no service of the type org.glite.Other" glite-eds-getacl brain-17
unset GLITE_SD_METADATA_TYPE
ok glite-eds-key-unregister brain-17
ok glite-eds-key-unregister old-style

# Shares: the fourth word of each line.
glite-ssss-split-passwd 5 3 thebestpw3vah > shares || fail "a password was not split"
first=$(awk '/^1/ {print $4}' shares) third=$(awk '/^3/ {print $4}' shares) fifth=$(awk '/^5/ {print $4}' shares)
glite-ssss-join-passwd $first NULL $third NULL $fifth | grep -q thebestpw3vah || fail "three shares of five do not give it back"
no 1 "These shares give nothing" glite-ssss-join-passwd $first NULL $third
glite-ssss-split-key 6 4 abcdef1234567890fedc > shares || fail "a key was not split"
set -- $(awk '{print $4}' shares)
glite-ssss-join-key NULL $2 NULL $4 $5 $6 | grep -q abcdef1234567890fedc || fail "four shares of six do not give the key"
says abcdef1234567890fedc glite-ssss-join-key -q $1 $2 $3 $4
echo done
