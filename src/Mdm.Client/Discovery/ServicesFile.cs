using System.Collections.Immutable;
using System.Xml;
using Mdm.Abstractions;

namespace Mdm.Client.Discovery;

/// <summary>
/// The services file of gLite (<c>services.xml</c>), where users of its file plug-in name what they contact: services with an endpoint, a type, and services that are associated with them. The first of a
/// type and those associated with it, in their order, are a group of keystores.
/// </summary>
public static class ServicesFile
{
    /// <summary>Names the file.</summary>
    public const string Variable = "GLITE_SD_SERVICES_XML";

    /// <summary>Names the type that keystores have in it.</summary>
    public const string TypeVariable = "GLITE_SD_METADATA_TYPE";

    /// <summary>The type of keystores unless <see cref="TypeVariable"/> names another.</summary>
    public const string DefaultType = "org.glite.Metadata";

    /// <summary>Longest file, in bytes.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Most services in a file.</summary>
    public const int MaxServices = 1000;

    private const int MaxText = 1024;

    /// <summary>The endpoints of the first service of a type, and of those associated with it, in order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">The type.</param>
    /// <returns>None where the file has no service of that type.</returns>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: what of the file cannot be read, with its line.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static ImmutableArray<Uri> Read(string path, string type) => Read(new MemoryStream(ShortFile.ReadAllBytes(path, MaxLength)), path, type);

    /// <summary>The endpoints of the service of a name, whatever its type is, and of those associated with it, in order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The service.</param>
    /// <returns>None where the file has no service of that name.</returns>
    /// <inheritdoc cref="Read(string, string)"/>
    public static ImmutableArray<Uri> ReadNamed(string path, string name) => ReadNamed(new MemoryStream(ShortFile.ReadAllBytes(path, MaxLength)), path, name);

    internal static ImmutableArray<Uri> Read(Stream file, string path, string type) => Read(file, path, service => string.Equals(service.Type, type, StringComparison.OrdinalIgnoreCase));

    internal static ImmutableArray<Uri> ReadNamed(Stream file, string path, string name) => Read(file, path, service => service.Name == name);

    private static ImmutableArray<Uri> Read(Stream file, string path, Predicate<Service> isMeant)
    {
        var services = new List<Service>();
        using var reader = XmlReader.Create(file, new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MaxLength, IgnoreComments = true, IgnoreWhitespace = true, IgnoreProcessingInstructions = true,
        });
        try
        {
            Collect(reader, services, path);
        }
        catch (XmlException e)
        {
            throw new MdmException(MdmErrorKind.InvalidName, $"{path}: {e.Message}", e);
        }
        var first = services.Find(isMeant);
        return first is null ? [] : [first.Address(path), .. first.Associated.Select(name => Named(name).Address(path))];

        Service Named(string? name) => services.Find(service => service.Name == name) ?? throw new MdmException(MdmErrorKind.InvalidName, $"{path}: '{first!.Name}' is associated with '{name}', which the file does not have.");
    }

    private static void Collect(XmlReader reader, List<Service> services, string path)
    {
        Service? service = null;
        var isAssociation = false;
        while (reader.Read())
        {
            switch (reader)
            {
                case { NodeType: XmlNodeType.Element, LocalName: "service" }:
                    if (services.Count == MaxServices)
                        throw new MdmException(MdmErrorKind.InvalidName, $"{path} has more than {MaxServices} services ({nameof(MaxServices)}).");
                    services.Add(service = new Service(reader.GetAttribute("name") ?? throw At(reader, path, "a service has no name")));
                    isAssociation = false;
                    break;
                case { NodeType: XmlNodeType.Element, LocalName: "associatedservices" }:
                    isAssociation = !reader.IsEmptyElement;
                    break;
                case { NodeType: XmlNodeType.EndElement, LocalName: "associatedservices" }:
                    isAssociation = false;
                    break;
                case { NodeType: XmlNodeType.Element, LocalName: "endpoint" } when service is not null:
                    service.Endpoint = Text(reader, path);
                    break;
                case { NodeType: XmlNodeType.Element, LocalName: "type" } when service is not null:
                    service.Type = Text(reader, path);
                    break;
                case { NodeType: XmlNodeType.Element, LocalName: "name" } when isAssociation && service is not null:
                    service.Associated.Add(Text(reader, path));
                    break;
            }
        }
    }

    // The reader stays on the element's text, so that the loop goes on with what follows. Null where there is none: that matters only in the services that are asked for.
    private static string? Text(XmlReader reader, string path)
    {
        if (reader.IsEmptyElement || !reader.Read() || reader.NodeType is not (XmlNodeType.Text or XmlNodeType.CDATA) || reader.Value.Trim() is not { Length: > 0 } text)
            return null;
        return text.Length <= MaxText ? text : throw At(reader, path, $"a text is longer than {MaxText} characters");
    }

    private static MdmException At(XmlReader reader, string path, string what) =>
        new(MdmErrorKind.InvalidName, $"{path}, line {(reader as IXmlLineInfo)?.LineNumber ?? 0}: {what}.");

    private sealed class Service(string name)
    {
        public string Name { get; } = name;

        public string? Endpoint { get; set; }

        public string? Type { get; set; }

        public List<string?> Associated { get; } = [];

        /// <summary>As https, which keystores speak also where the file has the grid's own httpg.</summary>
        public Uri Address(string path) => Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) && address.Scheme is "https" or "httpg" && address is { UserInfo: "", Host.Length: > 0 }
            ? new UriBuilder(address) { Scheme = Uri.UriSchemeHttps, Port = address.Port }.Uri
            : throw new MdmException(MdmErrorKind.InvalidName, $"{path}: the endpoint of '{Name}' is no https address.");
    }
}
