using System.Collections.Immutable;

namespace Mdm.Abstractions;

/// <summary>
/// A backend that knows which attributes its objects have, and reads them out of an object's first bytes. With it metadata is typed beforehand, and completed when an object is first
/// staged; without it metadata is text, and holds what a listing gives.
/// </summary>
public interface IDescribingBackend : IStorageBackend
{
    /// <summary>What an attribute is; null when objects of this kind have none of that name. Does no I/O.</summary>
    AttributeDefinition? Define(string keyword);

    /// <summary>Attributes out of an object's beginning. What lies beyond it, or is not there, is left out; bytes that cannot be understood give nothing.</summary>
    /// <param name="mediaType">Of the object, as disclosed: it may have been de-identified since the backend gave it.</param>
    /// <param name="beginning">The first bytes, at most 1 MiB.</param>
    /// <param name="keywords">Which attributes are wanted.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<ImmutableArray<ArchiveAttribute>> DescribeAsync(string mediaType, ReadOnlyMemory<byte> beginning, IReadOnlyCollection<string> keywords, CancellationToken cancellationToken);
}

/// <summary>What an attribute is.</summary>
/// <param name="Keyword">Its name, as <c>Modality</c>.</param>
/// <param name="ValueRepresentation">DICOM PS3.5 VR, two letters.</param>
/// <param name="IsMultiValued">True where it may have more than one value.</param>
/// <param name="Group">What rights to read it go by: <c>patient</c> (says who), <c>medical</c> (says what he has), <c>identifier</c> (leads to the object), <c>image</c> (the rest).</param>
public sealed record AttributeDefinition(string Keyword, string ValueRepresentation, bool IsMultiValued, string Group);
