using Mdm.Cli.Linked;

namespace Mdm.Cli.Completion;

/// <summary>What a shell reads to complete our lines: it asks the program itself, whichever name stands at the beginning of the line.</summary>
internal static class ShellScripts
{
    private static string Names => string.Join(' ', LinkedCommands.All.Select(linked => linked.Name).Prepend(MdmCommand.Name));

    // Where nothing is suggested, bash offers files; a suggestion is everything before the tabulator.
    public static string Bash => $$"""
        # bash completion for mdm and the commands of the original system
        _mdm_complete() {
            local program suggestion
            program=$(type -P -- "$1") && program=$(readlink -f -- "$program") || return
            COMPREPLY=()
            while IFS= read -r suggestion; do
                COMPREPLY+=("${suggestion%%$'\t'*}")
            done < <("$program" complete -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
        }
        complete -o default -F _mdm_complete {{Names}}

        """;

    public static string Zsh => $$"""
        #compdef {{Names}}
        # zsh completion for mdm and the commands of the original system
        _mdm() {
            local line program=${commands[$words[1]]:-$words[1]}
            local -a found
            for line in "${(@f)$("${program:A}" complete -- "${(j: :)words[1,CURRENT]}" 2>/dev/null)}"; do
                [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
            done
            if (( ${#found} )); then
                _describe -t suggestions suggestion found
            else
                _files
            fi
        }
        if [[ $funcstack[1] == _mdm ]]; then
            _mdm "$@"
        else
            compdef _mdm {{Names}}
        fi

        """;
}
