# The Medical Data Manager's commands: register, get, del and set-right in every form, and what the catalogue, the metadata and the keystores have of it.
. "${BASH_SOURCE%/*}/habits.sh"

export LFC_HOST=$HOST MDM_ENDPOINT=srm://$HOST
colleague="/DC=org/DC=testgrid/CN=Petra Physician"
other="/DC=org/DC=testgrid/CN=Rita Researcher"

# The image's own: what stands in sequences is set in.
uid() { dcmdump -q "$2" | sed -n "s/^($1) UI \[\([^]]*\)\].*/\1/p"; }
study=$(uid 0020,000d "$IMAGE") series=$(uid 0020,000e "$IMAGE") sop=$(uid 0008,0018 "$IMAGE")
modality=$(dcmdump -q "$IMAGE" | sed -n 's/^(0008,0060) CS \[\([^]]*\)\].*/\1/p')
root=/grid/testvo/clinical
lfn=$root/$study/$series/$sop

# Once, and no second time.
like 'guid:[0-9a-f-]{36} '$lfn glite-mdm-register "$IMAGE"
no 1 "is registered already" glite-mdm-register "$IMAGE"
says $lfn lfc-ls $lfn
guid=$(lfc-ls -i $lfn | cut -d' ' -f1)
found() { mdcli find /mdm/DICOM/ "SERinsUID = \"$series\" and STUinsUID = \"$study\" and SOPinsUID = \"$sop\""; }
entry=$(found) || fail "the metadata do not have what was registered"
# The original's own form: its client joined arguments with spaces, so what it shall take as one word is quoted for it, too.
twice=$(mdcli find /mdm/DICOM/ \''SERinsUID = "'$series'" and STUinsUID = "'$study'" and SOPinsUID = "'$sop'"'\')
[ "$twice" = "$entry" ] || fail "what is quoted twice finds '$twice'"
[ "$entry" = guid:$guid ] || fail "the metadata call it $entry"
like '.* rx' mdcli acl_show /mdm/DICOM/$entry

# By what it is called, by whichever name.
ok glite-mdm-get $study/$series/$sop a.dcm
[ "$(uid 0008,0018 a.dcm)" = "$sop" ] || fail "what came is no image, or another"
ok glite-mdm-get -l lfn:$lfn b.dcm
ok glite-mdm-get -g $guid c.dcm
touch d.dcm
ok glite-mdm-get -g $entry d.dcm
ok mdm get lfn:$lfn e.dcm
cmp a.dcm e.dcm || fail "mdm fetches another image"
mdm cat $entry | cmp - a.dcm || fail "mdm prints another image"
cmp a.dcm b.dcm && cmp b.dcm c.dcm && cmp c.dcm d.dcm || fail "the same image came differently"
ok mdm get --sealed $lfn sealed.dcm
! cmp -s a.dcm sealed.dcm || fail "it is not sealed on the way"
ok glite-eds-decrypt /$study/$series/$sop sealed.dcm opened.dcm
cmp a.dcm opened.dcm || fail "what was sealed opened differently"
no 1 "is not published" glite-mdm-get 1.2.3/1.2.3.4/1.2.3.4.5 none.dcm

# The administrator's file names where images are, and a program that knows UIDs; it is not executed.
cat > uids <<'END'
#!/bin/sh
case $2 in STUDY_INSTANCE_UID) t=0020,000d;; SERIES_INSTANCE_UID) t=0020,000e;; SOP_INSTANCE_UID) t=0008,0018;; *) exit 1;; esac
dcmdump -q "$1" | sed -n "s/^($t) UI \[\([^]]*\)\].*/\1/p"
END
chmod 755 uids
printf 'MDM_LfcPath=%s\nMDM_GetUiDFile=%s\ntouch executed\n' $root "$PWD/uids" > conf
MDM_CONFIG_FILE=$PWD/conf ok glite-mdm-get $study/$series/$sop f.dcm
cmp a.dcm f.dcm || fail "the configured path leads elsewhere"

# Rights: who reads.
mode() { lfc-ls -l $lfn | cut -c2-10; }
sets glite-mdm-set-right -s $study, $series, $sop rwxrw----
[ "$(mode)" = rwxrw---- ] || fail "the mode is $(mode)"
MDM_CONFIG_FILE=$PWD/conf sets glite-mdm-set-right -f "$IMAGE" rwxr-x---
[ ! -e executed ] || fail "the configuration was executed"
[ "$(mode)" = rwxr-x--- ] || fail "the mode is $(mode)"
# The keystores follow, in the columns that scripts cut out.
told() {
  rights=$(glite-eds-getacl /$study/$series/$sop)
  base=$(echo "$rights" | grep 'Base perms:')
  # The group's class is held down by the mask here, which the mode has set.
  [[ $(echo "$base" | cut -c20-27) == ??????g? && $(echo "$base" | cut -c52-59) == -------- ]] && echo "$rights" | grep -q '^# Mask: ......g'
}
follows told || fail "the key's rights are $rights"
X509_USER_PROXY=$RESEARCHER glite-eds-getacl /$study/$series/$sop 2>/dev/null && fail "who may not read the image sees the rights on its key"
# What would let others read originals is refused, and changes nothing.
no 1 "would let others read" glite-mdm-set-right -l lfn:$lfn rwxr-xr--
[ "$(mode)" = rwxr-x--- ] || fail "a right that was refused holds"

# Rights: who finds. Readers admit the whole VO, to what says nothing of the patient.
others() { X509_USER_PROXY=$RESEARCHER mdcli find /mdm/DICOM "Modality = \"$modality\""; }
others_find() { [ -n "$(others)" ]; }
others_find_nothing() { [ -z "$(others)" ]; }
others_find || fail "a member of the VO does not find what everybody may"
sets glite-mdm-set-right -g $guid private
follows others_find_nothing || fail "others find what is private"
[ -n "$(found)" ] || fail "its owner does not find what is private"
sets glite-mdm-set-right -f "$IMAGE" anonymous
follows others_find || fail "a member of the VO does not find what everybody may again"
ok glite-mdm-set-right -l $lfn -u "$colleague" testvo rwx group
lfc-getacl $lfn | grep -q "^user:$colleague:rwx" || fail "no entry of the user: $(lfc-getacl $lfn)"

# Every wrong order, and every word too few or too many.
set_right() { no 1 "$1" glite-mdm-set-right "${@:2}"; }
set_right "is no VO" -l $lfn -u "$colleague" anonymous r-x testvo
set_right "are no rights" -l $lfn -u "$colleague" testvo rex biomed
set_right "are no rights" -l $lfn -u "$colleague" testvo group r-x
set_right "is no subject" -l $lfn -u testvo "$colleague" r-x group
set_right "is no level" -l $lfn -u "$colleague" testvo r-x everybody
set_right "-u" -l $lfn -u "$colleague" testvo r-x
set_right "is no right" -l $lfn rwxrw-r-
set_right "is no right" -l $lfn everybody
set_right "one right" -l $lfn
set_right "one right" -l $lfn group -u "$colleague" testvo r-x group
set_right "name one image" group
set_right "name one image" -l $lfn -g $guid group
set_right "would let" -l $lfn -u "$other" testvo r-- anonymous

# AMGA's client, a session from a script.
like '/mdm
collection' mdcli dir /
[ "$(printf 'pwd\nlistattr /mdm/DICOM\nquit\n' | mdcli | grep -c UID)" = 3 ] || fail "a session does not list the attributes"

# Gone everywhere, and no second time.
sets glite-mdm-del -f "$IMAGE"
no 1 "is not published" glite-mdm-del -f "$IMAGE"
no 1 "No such file or directory" lfc-ls $lfn
gone() { ! found >/dev/null; }
follows gone || fail "the metadata have what was removed: $(found)"
like 'glite-mdm-register: the archive had this image already; .*
guid:[0-9a-f-]{36} '$lfn glite-mdm-register "$IMAGE"
ok glite-mdm-del -l lfn:$lfn
echo done
