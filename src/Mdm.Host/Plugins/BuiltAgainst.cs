using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.Versioning;

namespace Mdm.Host.Plugins;

/// <summary>What an assembly's metadata say it was built against, compared with what this host has. Runs none of its code.</summary>
internal sealed class BuiltAgainst(MetadataReader metadata, HostAssemblies host)
{
    /// <summary>Most missing members of the contract that are told.</summary>
    private const int MaxMembersTold = 3;

    public IEnumerable<(string Code, string Reason)> Faults()
    {
        var references = metadata.AssemblyReferences.Select(metadata.GetAssemblyReference).Select(r => (Name: metadata.GetString(r.Name), r.Version)).ToList();
        var contract = references.FirstOrDefault(r => r.Name == host.ContractName);
        if (contract.Name is null)
        {
            yield return (PluginFaultCode.NoContract, $"it does not reference {host.ContractName}, so it is not a plugin of this system.");
            yield break;
        }
        if (contract.Version.Major != host.ContractVersion.Major)
        {
            yield return (PluginFaultCode.OtherContractMajor, $"it was built against {host.ContractName} {contract.Version}; this host offers {host.ContractVersion} (release {host.ContractRelease}). The major version must be the same.");
            yield break;
        }
        if (contract.Version > host.ContractVersion)
            yield return (PluginFaultCode.NewerContract, $"it was built against {host.ContractName} {contract.Version}, newer than this host's {host.ContractVersion}.");
        else if (MissingContractMembers() is { Count: > 0 } missing)
            yield return (PluginFaultCode.NewerContract, $"it uses {string.Join(", ", missing.Take(MaxMembersTold))}, which {host.ContractName} {host.ContractRelease} of this host does not have. It was built against another release of the contract.");

        if (TargetFramework() is { } target && target > Environment.Version)
            yield return (PluginFaultCode.NewerFramework, $"it targets .NET {target.ToString(2)}; this host runs on .NET {Environment.Version.ToString(2)}.");
        foreach (var (name, version) in references)
        {
            if (host.FrameworkVersion(name) is { } offered && version > offered)
                yield return (PluginFaultCode.NewerFrameworkAssembly, $"it needs {name} {version}; this host's framework has {offered}.");
        }
    }

    /// <summary>Direct references that are neither the host's nor in the folder (a manifest, where there is one, tells of the indirect ones).</summary>
    public IEnumerable<(string Code, string Reason)> MissingBeside(string folder)
    {
        if (File.Exists(Path.Combine(folder, metadata.GetString(metadata.GetAssemblyDefinition().Name) + ".deps.json")))
            yield break;
        foreach (var name in metadata.AssemblyReferences.Select(h => metadata.GetString(metadata.GetAssemblyReference(h).Name)))
        {
            if (name != host.ContractName && !host.IsFramework(name) && !File.Exists(Path.Combine(folder, name + ".dll")))
                yield return (PluginFaultCode.MissingAssembly, $"'{name}.dll' is not in '{folder}'; publish the plugin again and copy all of its output.");
        }
    }

    private Version? TargetFramework()
    {
        foreach (var handle in metadata.GetAssemblyDefinition().GetCustomAttributes())
        {
            var attribute = metadata.GetCustomAttribute(handle);
            if (attribute.Constructor.Kind != HandleKind.MemberReference)
                continue;
            var constructor = metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor);
            if (constructor.Parent.Kind != HandleKind.TypeReference
                || metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)constructor.Parent).Name) != nameof(TargetFrameworkAttribute))
                continue;
            var value = metadata.GetBlobReader(attribute.Value);
            value.ReadUInt16();
            var framework = new FrameworkName(value.ReadSerializedString()!);
            return framework.Identifier == ".NETCoreApp" ? framework.Version : null;
        }
        return null;
    }

    // The contract's assembly version says only the major release; what a minor release added shows by name.
    private List<string> MissingContractMembers()
    {
        var missing = new List<string>();
        foreach (var handle in metadata.TypeReferences)
        {
            if (IsOfContract(handle) && host.Contract.GetType(NameOf(handle)) is null)
                missing.Add(NameOf(handle));
        }
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind != HandleKind.TypeReference || !IsOfContract((TypeReferenceHandle)member.Parent))
                continue;
            var typeName = NameOf((TypeReferenceHandle)member.Parent);
            var name = metadata.GetString(member.Name);
            if (host.Contract.GetType(typeName) is { } type && !HasMember(type, name))
                missing.Add($"{typeName}.{name}");
        }
        return missing;
    }

    private static bool HasMember(Type type, string name)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy;
        return type.GetMember(name, Declared).Length > 0 || type.GetInterfaces().Any(i => i.GetMember(name, Declared).Length > 0);
    }

    private bool IsOfContract(TypeReferenceHandle handle)
    {
        var scope = metadata.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.AssemblyReference => metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)scope).Name) == host.ContractName,
            HandleKind.TypeReference => IsOfContract((TypeReferenceHandle)scope),
            _ => false,
        };
    }

    private string NameOf(TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        var name = metadata.GetString(type.Name);
        if (type.ResolutionScope.Kind == HandleKind.TypeReference)
            return NameOf((TypeReferenceHandle)type.ResolutionScope) + "+" + name;
        var space = metadata.GetString(type.Namespace);
        return space.Length == 0 ? name : $"{space}.{name}";
    }
}
