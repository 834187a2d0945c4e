# The file catalogue's commands: listings, directories, links, comments, modes, owners, access lists.
. "${BASH_SOURCE%/*}/habits.sh"

export LFC_HOST=$HOST
like '[0-9]+\.[0-9]+\.[0-9]+' lfc-ping

top=/grid/testvo/files/lfc
tab=$'\t'
ok lfc-mkdir $top
export LFC_HOME=$top
ok lfc-mkdir -p a/b/c
ok lfc-mkdir -p a/b/c
ok lfc-mkdir -m 700 a/m
no 1 "cannot create a/m: File exists" lfc-mkdir a/m
no 1 "cannot create x/y: No such file or directory" lfc-mkdir x/y

# Fields that scripts count: mode, links, owner, group, size, month, day, time, name.
like 'drwxrwx---   1 Paula    testvo                    0 [A-Z][a-z]{2} [0-3][0-9] [0-2][0-9]:[0-5][0-9] b
drwx------   1 Paula    testvo                    0 [A-Z][a-z]{2} [0-3][0-9] [0-2][0-9]:[0-5][0-9] m' lfc-ls -l a
says "
$top/a:
b
m

$top/a/b:
c

$top/a/b/c:

$top/a/m:" lfc-ls -R $top/a
no 1 "$top/none: No such file or directory" lfc-ls $top/none
like '\{"path":"'$top'/a/b","guid":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}","type":"directory",.*"default:other::---"\]\}
.*' lfc-ls --json a

ok lfc-setcomment a "very interesting comment"
says "a very interesting comment" lfc-ls -d --comment a
ok lfc-delcomment a
says "a" lfc-ls -d --comment a

says "# file: a
# owner: /DC=org/DC=testgrid/CN=Paula Physician
# group: testvo/Role=physician
user::rwx
group::---$tab$tab#effective:---
group:testvo:rwx$tab$tab#effective:rwx
mask::rwx
other::---
default:user::rwx
default:group::---
default:group:testvo:rwx
default:mask::rwx
default:other::---" lfc-getacl a
ok lfc-chmod -R 750 a
ok lfc-setacl -m group:testvo:rw,d:g:testvo:5 a
ok lfc-setacl -m m:4 a
says "# file: a
# owner: /DC=org/DC=testgrid/CN=Paula Physician
# group: testvo/Role=physician
user::rwx
group::---$tab$tab#effective:---
group:testvo:rw-$tab$tab#effective:r--
mask::r--
other::---
default:user::rwx
default:group::---
default:group:testvo:r-x
default:mask::r-x
default:other::---

# file: a/b
# owner: /DC=org/DC=testgrid/CN=Paula Physician
# group: testvo/Role=physician
user::rwx
group::---$tab$tab#effective:---
group:testvo:rwx$tab$tab#effective:r-x
mask::r-x
other::---
default:user::rwx
default:group::---
default:group:testvo:rwx
default:mask::rwx
default:other::---" lfc-getacl a a/b
ok lfc-setacl -d d:g:testvo a
ok lfc-setacl -s u::7,g::0,o:0 a/b
says "# file: a/b
# owner: /DC=org/DC=testgrid/CN=Paula Physician
# group: testvo/Role=physician
user::rwx
group::---$tab$tab#effective:---
other::---" lfc-getacl a/b
no 1 "a: Refused (" lfc-setacl -m u:/DC=org/CN=Jane:r a
ok lfc-chown :testvo a

ok lfc-ln -s a/b there
says "there" lfc-ls there
says "c" lfc-ls -L there
like 'd.* a
lrwxrwxrwx   1 Paula    testvo                    0 [A-Z][a-z]{2} [0-3][0-9] [0-2][0-9]:[0-5][0-9] there -> '$top/a/b lfc-ls -l
ok lfc-rename a/b/c a/b/d
says "d" lfc-ls -L there
ok lfc-chmod 02700 a/b
no 1 "'-v' is no option" lfc-mkdir -v y
no 1 "is a number" lfc-setacl -m g:103:rwx a/b
no 1 "a: Is a directory" lfc-rm a
ok lfc-rm -r there a
no 1 "a: No such file or directory" lfc-rm a
ok lfc-rm -f a
says "" lfc-ls
echo done
