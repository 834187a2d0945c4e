using System.Text.Json.Serialization;

namespace Mdm.Formats.Names;

/// <summary>How an image is registered: <c>POST /registrations?publication=NAME</c> with the object as its body.</summary>
public static class RegistrationWire
{
    /// <summary>The address.</summary>
    public const string Path = "/registrations";

    /// <summary>Names the publication; left out where the caller may register in one only.</summary>
    public const string Publication = "publication";

    /// <summary>The media type of what is registered.</summary>
    public const string MediaType = "application/dicom";

    /// <summary>Longest answer, in bytes.</summary>
    public const int MaxAnswer = 64 * 1024;
}

/// <summary>Where an image is published.</summary>
/// <param name="Id">Its file's id, 32 hexadecimal digits.</param>
/// <param name="Path">Its path.</param>
/// <param name="Stored">False when the archive had the object already.</param>
public sealed record RegistrationAnswer(string Id, string Path, bool Stored);

/// <summary>The messages as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, MaxDepth = 4)]
[JsonSerializable(typeof(RegistrationAnswer))]
public sealed partial class RegistrationJson : JsonSerializerContext;
