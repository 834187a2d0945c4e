/* A plugin's host loads the library, uses it, and lets it go: it stays, since its threads do. unloaded LIBRARY */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef const char *(*name_of)(int32_t);

int main(int count, char **words) {
    int round;
    void *library = NULL;
    name_of name;
    if (count != 2)
        return 2;
    for (round = 0; round < 3; round++) {
        library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        /* C99 knows no cast from an object to a function. */
        *(void **)&name = dlsym(library, "mdm_kind_name");
        if (name == NULL || strcmp(name(1), "not found") != 0 || dlclose(library) != 0)
            return 1;
        if (strcmp(name(1), "not found") != 0)
            return 1;
    }
    printf("still there\n");
    return 0;
}
