using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Mdm.Architecture.Tests;

/// <summary>A compiled assembly, read without running it: which type uses which, and who makes what.</summary>
internal sealed class HostImage : IDisposable
{
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes).GetFields()
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => (int)(ushort)o.Value);

    private readonly PEReader _file;
    private readonly MetadataReader _metadata;

    public HostImage(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _metadata = _file.GetMetadataReader();
    }

    public IEnumerable<TypeDefinitionHandle> Types => _metadata.TypeDefinitions;

    /// <summary>The full name; nested types as <c>Space.Outer+Inner</c>.</summary>
    public string NameOf(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        var name = _metadata.GetString(type.Name);
        return type.GetDeclaringType() is { IsNil: false } outer ? NameOf(outer) + "+" + name
            : _metadata.GetString(type.Namespace) is { Length: > 0 } space ? $"{space}.{name}" : name;
    }

    /// <summary>The namespace of the outermost type.</summary>
    public string NamespaceOf(TypeDefinitionHandle handle)
    {
        while (_metadata.GetTypeDefinition(handle).GetDeclaringType() is { IsNil: false } outer)
            handle = outer;
        return _metadata.GetString(_metadata.GetTypeDefinition(handle).Namespace);
    }

    /// <summary>The types of this assembly that a type's members and code name.</summary>
    public IReadOnlySet<TypeDefinitionHandle> UsedBy(TypeDefinitionHandle handle)
    {
        var used = new HashSet<TypeDefinitionHandle>();
        var type = _metadata.GetTypeDefinition(handle);
        var decoder = new TypeCollector(used);
        Add(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations())
            Add(_metadata.GetInterfaceImplementation(implemented).Interface);
        foreach (var field in type.GetFields())
            _metadata.GetFieldDefinition(field).DecodeSignature(decoder, null);
        foreach (var method in type.GetMethods().Select(_metadata.GetMethodDefinition))
        {
            method.DecodeSignature(decoder, null);
            if (method.RelativeVirtualAddress == 0)
                continue;
            var body = _file.GetMethodBody(method.RelativeVirtualAddress);
            if (!body.LocalSignature.IsNil)
                _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(decoder, null);
            foreach (var (_, token) in Tokens(body))
                Add(token);
        }
        return used;

        void Add(EntityHandle token)
        {
            switch (token.Kind)
            {
                case HandleKind.TypeDefinition when !token.IsNil:
                    used.Add((TypeDefinitionHandle)token);
                    break;
                case HandleKind.TypeSpecification:
                    _metadata.GetTypeSpecification((TypeSpecificationHandle)token).DecodeSignature(decoder, null);
                    break;
                case HandleKind.MethodDefinition:
                    used.Add(_metadata.GetMethodDefinition((MethodDefinitionHandle)token).GetDeclaringType());
                    break;
                case HandleKind.FieldDefinition:
                    used.Add(_metadata.GetFieldDefinition((FieldDefinitionHandle)token).GetDeclaringType());
                    break;
                case HandleKind.MemberReference:
                    Add(_metadata.GetMemberReference((MemberReferenceHandle)token).Parent);
                    break;
                case HandleKind.MethodSpecification:
                    var generic = _metadata.GetMethodSpecification((MethodSpecificationHandle)token);
                    generic.DecodeSignature(decoder, null);
                    Add(generic.Method);
                    break;
            }
        }
    }

    /// <summary>The types whose code makes an instance of the type, by <c>newobj</c>.</summary>
    public IEnumerable<TypeDefinitionHandle> MakersOf(TypeDefinitionHandle made)
    {
        foreach (var handle in Types)
        {
            foreach (var method in _metadata.GetTypeDefinition(handle).GetMethods().Select(_metadata.GetMethodDefinition).Where(m => m.RelativeVirtualAddress != 0))
            {
                foreach (var (code, token) in Tokens(_file.GetMethodBody(method.RelativeVirtualAddress)))
                {
                    if (code == OpCodes.Newobj && token.Kind == HandleKind.MethodDefinition
                        && _metadata.GetMethodDefinition((MethodDefinitionHandle)token).GetDeclaringType() == made)
                        yield return handle;
                }
            }
        }
    }

    public TypeDefinition Definition(TypeDefinitionHandle handle) => _metadata.GetTypeDefinition(handle);

    public MethodDefinition Definition(MethodDefinitionHandle handle) => _metadata.GetMethodDefinition(handle);

    public FieldDefinition Definition(FieldDefinitionHandle handle) => _metadata.GetFieldDefinition(handle);

    public string Text(StringHandle handle) => _metadata.GetString(handle);

    public void Dispose() => _file.Dispose();

    private static IEnumerable<(OpCode Code, EntityHandle Token)> Tokens(MethodBodyBlock body)
    {
        var il = body.GetILBytes()!;
        for (var i = 0; i < il.Length;)
        {
            var value = (int)il[i++];
            if (value == 0xFE)
                value = 0xFE00 | il[i++];
            var code = OpCodesByValue[value];
            switch (code.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    yield return (code, MetadataTokens.EntityHandle(BitConverter.ToInt32(il, i)));
                    i += 4;
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    i += 1;
                    break;
                case OperandType.InlineVar:
                    i += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    i += 8;
                    break;
                case OperandType.InlineSwitch:
                    i += 4 + 4 * BitConverter.ToInt32(il, i);
                    break;
                default:
                    i += 4;
                    break;
            }
        }
    }
}
