# bash completion for dcfctl, made by: dcfctl completion bash
_dcfctl()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path='' words='' w
    for w in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $w == -* ]] && break
        path+=${path:+ }$w
    done
    case "$path $prev" in
        'status'*' --output' | 'status'*' -o') words='table json' ;;
        'queue list'*' --output' | 'queue list'*' -o') words='table json' ;;
        'queue hold'*' --output' | 'queue hold'*' -o') words='table json' ;;
        'link list'*' --output' | 'link list'*' -o') words='table json' ;;
        'reconcile'*' --output' | 'reconcile'*' -o') words='table json' ;;
        'metrics show'*' --output' | 'metrics show'*' -o') words='table json' ;;
        'metrics export'*' --format' | 'metrics export'*' -f') words='csv json' ;;
        'metrics dictionary'*' --output' | 'metrics dictionary'*' -o') words='table json' ;;
        'onboarding list'*' --output' | 'onboarding list'*' -o') words='table json' ;;
        'onboarding show'*' --output' | 'onboarding show'*' -o') words='table json' ;;
        'onboarding check'*' --output' | 'onboarding check'*' -o') words='table json' ;;
        'case show'*' --output' | 'case show'*' -o') words='table json' ;;
        'case replay'*' --output' | 'case replay'*' -o') words='table json' ;;
        'message show'*' --output' | 'message show'*' -o') words='table json' ;;
        'held list'*' --output' | 'held list'*' -o') words='table json' ;;
        'held show'*' --output' | 'held show'*' -o') words='table json' ;;
        'held replay'*' --output' | 'held replay'*' -o') words='table json' ;;
        'held correct'*' --output' | 'held correct'*' -o') words='table json' ;;
        'held discard'*' --output' | 'held discard'*' -o') words='table json' ;;
        'held jobs'*' --output' | 'held jobs'*' -o') words='table json' ;;
        'held approve'*' --output' | 'held approve'*' -o') words='table json' ;;
        'held stop'*' --output' | 'held stop'*' -o') words='table json' ;;
        'held resume'*' --output' | 'held resume'*' -o') words='table json' ;;
        'reload'*' --output' | 'reload'*' -o') words='table json' ;;
        'explain'*' --output' | 'explain'*' -o') words='table json' ;;
        'faults'*' --output' | 'faults'*' -o') words='table json' ;;
        'map to-canonical'*' --output' | 'map to-canonical'*' -o') words='json binary' ;;
        'map to-canonical'*' --faults') words='text json' ;;
        'map from-canonical'*' --input' | 'map from-canonical'*' -i') words='json binary' ;;
        'map from-canonical'*' --faults') words='text json' ;;
        'map check'*' --faults') words='text json' ;;
        'map lint'*' --faults') words='text json' ;;
        'map lint'*' --output' | 'map lint'*' -o') words='table json' ;;
        'map test'*' --output' | 'map test'*' -o') words='table json' ;;
        'map coverage'*' --output' | 'map coverage'*' -o') words='table json' ;;
        'map roundtrip'*' --output' | 'map roundtrip'*' -o') words='table json' ;;
        'map explain'*' --faults') words='text json' ;;
        'map explain'*' --output' | 'map explain'*' -o') words='table json' ;;
        'map diff'*' --output' | 'map diff'*' -o') words='table json' ;;
        'checklist run'*' --faults') words='text json' ;;
        'checklist run'*' --output' | 'checklist run'*' -o') words='table json' ;;
        'checklist list'*' --output' | 'checklist list'*' -o') words='table json' ;;
        'checklist explain'*' --output' | 'checklist explain'*' -o') words='table json' ;;
        'checklist diff'*' --output' | 'checklist diff'*' -o') words='table json' ;;
        'lifecycle draw'*' --format' | 'lifecycle draw'*' -f') words='mermaid svg' ;;
        'lifecycle check'*' --output' | 'lifecycle check'*' -o') words='table json' ;;
        'clock list'*' --output' | 'clock list'*' -o') words='table json' ;;
        'clock due'*' --output' | 'clock due'*' -o') words='table json' ;;
        'clock explain'*' --output' | 'clock explain'*' -o') words='table json' ;;
        'contact list'*' --output' | 'contact list'*' -o') words='table json' ;;
        'contact show'*' --output' | 'contact show'*' -o') words='table json' ;;
    esac
    if [[ -z $words && $cur == -* ]]; then
        case $path in
        'status'*) words='--output --url --token-file --ca --help' ;;
        'queue list'*) words='--output --url --token-file --ca --limit --help' ;;
        'queue hold'*) words='--note --as --yes --output --url --token-file --ca --help' ;;
        'link list'*) words='--output --url --token-file --ca --help' ;;
        'reconcile'*) words='--output --url --token-file --ca --link --from --to --help' ;;
        'metrics show'*) words='--output --url --token-file --ca --period --by --metric --help' ;;
        'metrics export'*) words='--format --url --token-file --ca --period --by --metric --help' ;;
        'metrics dictionary'*) words='--output --url --token-file --ca --markdown --help' ;;
        'metrics snapshot'*) words='--month --key --out --url --token-file --ca --help' ;;
        'metrics verify'*) words='--key --help' ;;
        'onboarding list'*) words='--output --url --token-file --ca --help' ;;
        'onboarding show'*) words='--output --url --token-file --ca --help' ;;
        'onboarding check'*) words='--output --url --token-file --ca --help' ;;
        'case show'*) words='--output --url --token-file --ca --limit --help' ;;
        'case export'*) words='--url --token-file --ca --out --key --help' ;;
        'case replay'*) words='--output --key --help' ;;
        'message show'*) words='--output --url --token-file --ca --help' ;;
        'held list'*) words='--output --url --token-file --ca --reason --party --case --since --until --limit --help' ;;
        'held show'*) words='--output --url --token-file --ca --help' ;;
        'held replay'*) words='--reason --party --case --since --until --rate --note --as --yes --output --url --token-file --ca --help' ;;
        'held correct'*) words='--set --note --as --yes --output --url --token-file --ca --help' ;;
        'held discard'*) words='--reason --party --case --since --until --rate --note --as --yes --output --url --token-file --ca --help' ;;
        'held jobs'*) words='--output --url --token-file --ca --help' ;;
        'held approve'*) words='--as --output --url --token-file --ca --help' ;;
        'held stop'*) words='--as --output --url --token-file --ca --help' ;;
        'held resume'*) words='--as --output --url --token-file --ca --help' ;;
        'reload'*) words='--as --output --url --token-file --ca --help' ;;
        'explain'*) words='--output --help' ;;
        'faults'*) words='--output --markdown --help' ;;
        'map to-canonical'*) words='--dialect --mapping --dialects --output --faults --help' ;;
        'map from-canonical'*) words='--dialect --mapping --dialects --input --faults --help' ;;
        'map check'*) words='--dialect --mapping --dialects --faults --help' ;;
        'map lint'*) words='--dialects --against --strict --faults --output --help' ;;
        'map test'*) words='--dialect --mapping --dialects --update --output --help' ;;
        'map coverage'*) words='--dialect --mapping --dialects --min-native --min-rows --min-canonical --all --output --help' ;;
        'map roundtrip'*) words='--dialect --mapping --dialects --generated --seed --all --output --help' ;;
        'map explain'*) words='--dialect --mapping --dialects --field --all --faults --output --help' ;;
        'map diff'*) words='--dialects --all --output --help' ;;
        'map scaffold'*) words='--name --canonical --help' ;;
        'adapter new'*) words='--dialects --into --help' ;;
        'map schema'*) words='--help' ;;
        'checklist run'*) words='--dialect --mapping --dialects --faults --profile --at --config-dir --output --help' ;;
        'checklist list'*) words='--profile --at --config-dir --output --help' ;;
        'checklist explain'*) words='--profile --at --config-dir --output --help' ;;
        'checklist diff'*) words='--config-dir --output --help' ;;
        'checklist form'*) words='--profile --case-type --at --config-dir --help' ;;
        'lifecycle draw'*) words='--format --config-dir --help' ;;
        'lifecycle check'*) words='--config-dir --output --help' ;;
        'clock list'*) words='--config-dir --output --help' ;;
        'clock due'*) words='--from --config-dir --output --help' ;;
        'clock explain'*) words='--output --url --token-file --ca --at --if --config-dir --help' ;;
        'contact list'*) words='--force --area --at --config-dir --output --help' ;;
        'contact show'*) words='--at --config-dir --output --help' ;;
        'completion bash'*) words='--help' ;;
        esac
    elif [[ -z $words ]]; then
        case $path in
        '') words='status queue link reconcile metrics onboarding case message held reload explain faults map adapter map checklist lifecycle clock contact completion' ;;
        queue) words='list hold' ;;
        link) words='list' ;;
        metrics) words='show export dictionary snapshot verify' ;;
        onboarding) words='list show check' ;;
        case) words='show export replay' ;;
        message) words='show' ;;
        held) words='list show replay correct discard jobs approve stop resume' ;;
        map) words='to-canonical from-canonical check lint test coverage roundtrip explain diff scaffold schema' ;;
        adapter) words='new' ;;
        map) words='to-canonical from-canonical check lint test coverage roundtrip explain diff scaffold schema' ;;
        checklist) words='run list explain diff form' ;;
        lifecycle) words='draw check' ;;
        clock) words='list due explain' ;;
        contact) words='list show' ;;
        completion) words='bash' ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o default -F _dcfctl dcfctl
