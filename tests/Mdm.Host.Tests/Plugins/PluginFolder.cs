using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Mdm.Host.Tests.Plugins;

/// <summary>A temporary folder of plugins: copies of the built test plugins, and forged ones.</summary>
internal sealed class PluginFolder : IDisposable
{
    public const string Good = "Mdm.TestPlugins.Good";

    public string Path { get; } = Directory.CreateTempSubdirectory("mdm-plugins-").FullName;

    public static string Built { get; } = typeof(PluginFolder).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "TestPlugins").Value!;

    public string Copy(string name)
    {
        var from = System.IO.Path.Combine(Built, name);
        var to = Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;
        foreach (var file in Directory.EnumerateFiles(from))
            File.Copy(file, System.IO.Path.Combine(to, System.IO.Path.GetFileName(file)));
        return to;
    }

    public void Write(string name, byte[] assembly)
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;
        File.WriteAllBytes(System.IO.Path.Combine(folder, name + ".dll"), assembly);
    }

    /// <summary>An assembly without code that says it was built against these: what the loader must refuse by looking alone.</summary>
    public void Forge(string name, IEnumerable<(string Name, Version Version)> references, string? targetFramework = null, (string Type, string Member)? contractMember = null)
    {
        var metadata = new MetadataBuilder();
        metadata.AddModule(0, metadata.GetOrAddString(name + ".dll"), metadata.GetOrAddGuid(new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11])), default, default);
        var assembly = metadata.AddAssembly(metadata.GetOrAddString(name), new Version(1, 0, 0, 0), default, default, 0, AssemblyHashAlgorithm.None);
        metadata.AddTypeDefinition(default, default, metadata.GetOrAddString("<Module>"), default, MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
        var handles = references.ToDictionary(r => r.Name, r => metadata.AddAssemblyReference(metadata.GetOrAddString(r.Name), r.Version, default, default, default, default));
        if (contractMember is { } member)
        {
            var type = metadata.AddTypeReference(handles["Mdm.Abstractions"], metadata.GetOrAddString("Mdm.Abstractions"), metadata.GetOrAddString(member.Type));
            var signature = new BlobBuilder();
            new BlobEncoder(signature).MethodSignature(isInstanceMethod: true).Parameters(0, r => r.Void(), _ => { });
            metadata.AddMemberReference(type, metadata.GetOrAddString(member.Member), metadata.GetOrAddBlob(signature));
        }
        if (targetFramework is not null)
        {
            var attribute = metadata.AddTypeReference(handles["System.Runtime"], metadata.GetOrAddString("System.Runtime.Versioning"), metadata.GetOrAddString("TargetFrameworkAttribute"));
            var signature = new BlobBuilder();
            new BlobEncoder(signature).MethodSignature(isInstanceMethod: true).Parameters(1, r => r.Void(), p => p.AddParameter().Type().String());
            var constructor = metadata.AddMemberReference(attribute, metadata.GetOrAddString(".ctor"), metadata.GetOrAddBlob(signature));
            var value = new BlobBuilder();
            value.WriteUInt16(1);
            value.WriteSerializedString(targetFramework);
            value.WriteUInt16(0);
            metadata.AddCustomAttribute(assembly, constructor, metadata.GetOrAddBlob(value));
        }
        var image = new BlobBuilder();
        new ManagedPEBuilder(new PEHeaderBuilder(imageCharacteristics: Characteristics.Dll), new MetadataRootBuilder(metadata), new BlobBuilder()).Serialize(image);
        Write(name, image.ToArray());
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
