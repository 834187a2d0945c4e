/*
 * The Medical Data Manager's C interface: find, open and decipher files of grid storage hosts, in memory.
 *
 * Every function returns MDM_OK or what went wrong (mdm_kind), and fills the mdm_error that the caller passed, if any. Nothing is kept between calls but what handles
 * name: every function may be called from any thread, and one handle may be used by many threads at once. Closing a handle while others use it is allowed; they end first.
 * Handles are numbers that are never given out twice: one that was closed, or is of another sort, is MDM_BAD_HANDLE. Text is UTF-8 and ends with a zero byte.
 * Calls wait; what waits can be called off from another thread with an mdm_cancel. Nothing of the library may be called from a signal handler, and a callback must return: it must
 * neither throw nor longjmp out. The library cannot be unloaded, and a process must not fork after its first call without exec.
 * Structs that tell their size grow at their end. A caller's shorter one, of an older header, is one whose other members are zero; in a longer one, of a later header, what the library
 * does not know must be zero, or the call is MDM_BAD_ARGUMENT. What the library fills in it fills to the end, with zero where it knows nothing. Begin with the MDM_..._INIT of each.
 *
 * docs/native.md tells the rest.
 */
#ifndef MDM_H
#define MDM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The binary interface that this header describes. mdm_session_open refuses a header of another one. */
#define MDM_ABI_VERSION 1u

/* Room for a message, its zero byte included; what is longer is cut. */
#define MDM_MESSAGE_SIZE 1024

/* Room that is enough for the texts of any entry: a SURL, every byte of its path encoded, and the path. */
#define MDM_ENTRY_TEXT_SIZE 20480

/* The longest text that is taken: conditions, names of files, lists of servers. In bytes, without the zero byte. */
#define MDM_MAX_TEXT 65536

/* The most texts in one list, and the most downloads of a fetch at once. */
#define MDM_MAX_TEXTS 1024
#define MDM_MAX_PARALLEL 64

/* The longest time limit that is taken: a day. */
#define MDM_MAX_TIMEOUT_MS 86400000

typedef enum mdm_kind {
    MDM_OK = 0,
    MDM_NOT_FOUND = 1,           /* there is no such file, directory or attribute, or the caller may not know of it */
    MDM_ALREADY_EXISTS = 2,
    MDM_ACCESS_DENIED = 3,       /* the host, also as TLS alert, or the keystores do not let this caller */
    MDM_INVALID_NAME = 4,        /* a name, a condition or a list of servers that means nothing */
    MDM_NOT_A_DIRECTORY = 5,
    MDM_IS_A_DIRECTORY = 6,
    MDM_DIRECTORY_NOT_EMPTY = 7,
    MDM_UNSUPPORTED = 8,
    MDM_REFUSED = 9,             /* turned down for good; the message says by which rule or limit. Also a host whose certificate nobody vouches for or that names another */
    MDM_CORRUPT = 10,            /* what came is not what was promised, or is not authentic */
    MDM_BUSY = 11,               /* may succeed later */
    MDM_UNAVAILABLE = 12,        /* somebody does not answer; may succeed later */
    MDM_NO_SPACE = 13,
    MDM_CANCELLED = 14,          /* called off by an mdm_cancel, or by a callback */
    MDM_END = 15,                /* no more rows or entries: no error, and no message */
    MDM_TOO_SMALL = 16,          /* the buffer; how much is needed was said, and the same call again gives the same row */
    MDM_BAD_HANDLE = 17,         /* closed, of another sort, or never given out */
    MDM_BAD_ARGUMENT = 18,       /* a pointer that must not be null, a struct of unknown size, a number out of range */
    MDM_NO_CREDENTIAL = 19,      /* there is no proxy or trust directory that can be used, or the proxy has ended */
    MDM_INTERNAL = 20            /* a fault of the library */
} mdm_kind;

/* What went wrong in one call. The caller's own; size is set to sizeof(mdm_error) before the call. */
typedef struct mdm_error {
    uint32_t size;
    int32_t kind;                /* an mdm_kind */
    char message[MDM_MESSAGE_SIZE];
} mdm_error;

#define MDM_ERROR_INIT { sizeof(mdm_error), MDM_OK, "" }

/* Handles; 0 is none. */
typedef uint64_t mdm_session;
typedef uint64_t mdm_cancel;
typedef uint64_t mdm_listing;
typedef uint64_t mdm_file;
typedef uint64_t mdm_query;

/* How to reach the grid. A text that is NULL is read from the environment, as every grid client reads it. */
typedef struct mdm_session_options {
    uint32_t size;
    uint32_t abi;                /* MDM_ABI_VERSION */
    const char *proxy_file;      /* X509_USER_PROXY, /tmp/x509up_uUID, X509_USER_CERT with X509_USER_KEY */
    const char *key_file;        /* where the key is not in the same file */
    const char *trust_directory; /* X509_CERT_DIR */
    const char *endpoint;        /* MDM_ENDPOINT: srm://host:port, the host of plain paths */
    const char *keystores;       /* MDM_KEYSTORES */
    const char *metadata_servers;/* MDM_AMGA */
    uint32_t call_timeout_ms;    /* longest silence of a storage host: for one answer (0: three minutes), and within a file's bytes (0: one minute). Up to MDM_MAX_TIMEOUT_MS */
    uint32_t reserved;           /* 0 */
} mdm_session_options;

#define MDM_SESSION_OPTIONS_INIT { sizeof(mdm_session_options), MDM_ABI_VERSION, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0 }

typedef enum mdm_type { MDM_FILE = 0, MDM_DIRECTORY = 1, MDM_LINK = 2 } mdm_type;

/* An entry of a grid directory. Its texts lie in the buffer that the caller passed, or hold as long as the callback. */
typedef struct mdm_entry {
    uint32_t size;
    int32_t type;                /* an mdm_type */
    int64_t length;              /* bytes as the host delivers them; -1 while nobody measured them */
    int64_t modified;            /* seconds since 1970; INT64_MIN where the host did not say */
    int32_t is_online;           /* 1: can be had at once; 0: has to be fetched by the host first; -1: not said */
    char adler32[12];            /* eight hexadecimal digits; empty while nobody measured them */
    const char *surl;            /* percent-encoded, to be passed back as it is */
    const char *path;            /* the path alone, as people read it */
} mdm_entry;

#define MDM_ENTRY_INIT { sizeof(mdm_entry), 0, 0, 0, 0, "", NULL, NULL }

/* A question to every collection of every metadata server. */
typedef struct mdm_question {
    uint32_t size;
    const char *condition;       /* in the servers' language (docs/query-language.md); NULL for every entry */
    const char *const *collections; /* NULL for all that the servers tell of */
    size_t collection_count;
    const char *const *attributes;  /* to be returned; NULL for all that the caller may read */
    size_t attribute_count;
    const char *const *order;    /* names of attributes, NAME:desc for downwards */
    size_t order_count;
    int64_t limit;               /* most rows; -1 for all */
    int64_t offset;              /* rows left out at the beginning */
    uint32_t time_limit_ms;      /* to be waited for each server; 0 for the default of a minute, up to MDM_MAX_TIMEOUT_MS. While rows wait to be taken it stands still */
    uint32_t reserved;           /* 0 */
} mdm_question;

#define MDM_QUESTION_INIT { sizeof(mdm_question), NULL, NULL, 0, NULL, 0, NULL, 0, -1, 0, 0, 0 }

/* The one struct without a size, since it lies in arrays: it stays as it is. */
typedef struct mdm_value {
    const char *name;
    const char *value;
} mdm_value;

/* An entry that was found. All of it lies in the buffer that the caller passed. */
typedef struct mdm_row {
    uint32_t size;
    const char *server;
    const char *collection;
    const char *entry;           /* its name there: for files of a storage host the file's id */
    const char *path;            /* of the file, to be opened with; NULL where the collection does not say */
    const mdm_value *values;     /* attributes that have a value, by name */
    size_t value_count;
} mdm_row;

#define MDM_ROW_INIT { sizeof(mdm_row), NULL, NULL, NULL, NULL, NULL, 0 }

typedef enum mdm_outcome {
    MDM_ASKED = 0,               /* is still asked */
    MDM_ANSWERED = 1,            /* gave all that it has */
    MDM_NOT_THERE = 2,           /* lacks an attribute of the condition, so nothing of it can match */
    MDM_FAILED = 3,              /* refused, could not be reached, or broke off: what it has is missing */
    MDM_LATE = 4                 /* did not give all in time */
} mdm_outcome;

/* How a collection of a server did; complete when mdm_query_next has said MDM_END. */
typedef struct mdm_report {
    uint32_t size;
    int32_t outcome;             /* an mdm_outcome */
    int64_t rows;
    int64_t elapsed_ms;
    const char *server;
    const char *collection;
    const char *reason;          /* why not all; empty where it answered */
} mdm_report;

#define MDM_REPORT_INIT { sizeof(mdm_report), 0, 0, 0, NULL, NULL, NULL }

/* How to fetch into memory. */
typedef struct mdm_fetch_options {
    uint32_t size;
    int32_t is_recursive;        /* everything below a directory; otherwise its own files */
    uint32_t parallel;           /* downloads at once, up to MDM_MAX_PARALLEL; 0 for the default of 4 */
    uint64_t max_bytes;          /* of all files together; more is MDM_REFUSED, before it is asked for where it is listed, else where it comes. 0 for no limit */
} mdm_fetch_options;

#define MDM_FETCH_OPTIONS_INIT { sizeof(mdm_fetch_options), 0, 0, 0 }

/*
 * Takes one file of a fetch, on the thread that called mdm_fetch. Entry and bytes hold until it returns. Anything but 0 ends the fetch with MDM_CANCELLED.
 * It must return: frames of the library lie below it, which nothing may be thrown or jumped through.
 */
typedef int32_t (*mdm_on_file)(void *user, const mdm_entry *entry, const uint8_t *bytes, size_t length);

/* The binary interface of the library that is loaded, and its version as text. */
uint32_t mdm_abi_version(void);
const char *mdm_version(void);

/* A kind as text, for logs: "not found". Never NULL. */
const char *mdm_kind_name(int32_t kind);

/* Opens a session: reads the credential, once for all that is done with it, and connects to nobody yet. One that has ended is MDM_NO_CREDENTIAL. options may be NULL. */
int32_t mdm_session_open(const mdm_session_options *options, mdm_session *session, mdm_error *error);

/* Closes it; what was opened with it goes on until it is closed itself. Functions that close do so also where the error has no size that can be; they leave it alone, then. */
int32_t mdm_session_close(mdm_session session, mdm_error *error);

/* Something to call waiting calls off with: pass it to them, then call mdm_cancel_now from any thread. It stays called off. 0 in its place is none. */
int32_t mdm_cancel_create(mdm_cancel *cancel, mdm_error *error);
int32_t mdm_cancel_now(mdm_cancel cancel, mdm_error *error);
int32_t mdm_cancel_close(mdm_cancel cancel, mdm_error *error);

/*
 * Names of files and directories are srm://host:port/path, /path or lfn:/path at the session's endpoint, or guid:XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX of an entry there.
 * text takes the entry's texts; *needed, which may be NULL, says how many bytes of it they take. With MDM_ENTRY_TEXT_SIZE there is always room.
 */
int32_t mdm_stat(mdm_session session, const char *name, mdm_entry *entry, char *text, size_t text_size, size_t *needed, mdm_cancel cancel, mdm_error *error);

/* The entries of a directory, one after the other; a file lists itself. A listing serves one thread at a time: others wait. */
int32_t mdm_listing_open(mdm_session session, const char *name, mdm_listing *listing, mdm_cancel cancel, mdm_error *error);
int32_t mdm_listing_next(mdm_listing listing, mdm_entry *entry, char *text, size_t text_size, size_t *needed, mdm_cancel cancel, mdm_error *error);
int32_t mdm_listing_close(mdm_listing listing, mdm_error *error);

/* Opens a file for reading from any place; a sealed one is deciphered here as it is read. length, which may be NULL, is that of what can be read. */
int32_t mdm_file_open(mdm_session session, const char *name, mdm_file *file, int64_t *length, mdm_cancel cancel, mdm_error *error);
int32_t mdm_file_length(mdm_file file, int64_t *length, mdm_error *error);

/* Fills the buffer from an offset on; *read is less than size at the end of the file only, 0 at or beyond it. */
int32_t mdm_file_read(mdm_file file, int64_t offset, void *buffer, size_t size, size_t *read, mdm_cancel cancel, mdm_error *error);
int32_t mdm_file_close(mdm_file file, mdm_error *error);

/* Fetches every file of a directory (a series), or one file, into memory, deciphered and verified, in the order in which they arrive. The first that cannot be had ends it. */
int32_t mdm_fetch(mdm_session session, const char *name, const mdm_fetch_options *options, mdm_on_file on_file, void *user, mdm_cancel cancel, mdm_error *error);

/* Asks all metadata servers at once. Rows come as they arrive, or in order. A query serves one thread at a time: others wait. */
int32_t mdm_query_open(mdm_session session, const mdm_question *question, mdm_query *query, mdm_cancel cancel, mdm_error *error);
int32_t mdm_query_next(mdm_query query, mdm_row *row, void *buffer, size_t buffer_size, size_t *needed, mdm_cancel cancel, mdm_error *error);

/* How many collections were asked, and how each did: a server that failed does not fail the query. */
int32_t mdm_query_reports(mdm_query query, size_t *count, mdm_error *error);
int32_t mdm_query_report(mdm_query query, size_t index, mdm_report *report, char *text, size_t text_size, size_t *needed, mdm_error *error);
int32_t mdm_query_close(mdm_query query, mdm_error *error);

#ifdef __cplusplus
}
#endif

#endif
