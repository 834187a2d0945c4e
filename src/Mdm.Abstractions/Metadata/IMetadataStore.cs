using System.Collections.Immutable;

namespace Mdm.Abstractions;

/// <summary>Keeps attributes of files and answers queries. It checks the caller itself; an answer is never a permission to read a file.</summary>
/// <remarks>Safe for concurrent use. Nobody infers from a query what he may not read: neither by condition nor by order, count or error.</remarks>
public interface IMetadataStore : IAsyncDisposable
{
    /// <summary>The collections and attributes that the caller may see.</summary>
    IAsyncEnumerable<MetadataCollection> DescribeAsync(GridIdentity caller, CancellationToken cancellationToken);

    /// <summary>The matching rows, with the asked attributes as far as the caller may read them.</summary>
    /// <exception cref="MdmException">
    /// <see cref="MdmErrorKind.NotFound"/>: the collection, or an attribute of a condition, is not there or not for this caller, in the same words; <see cref="MdmErrorKind.Refused"/>: too large a query.
    /// </exception>
    IAsyncEnumerable<MetadataRow> QueryAsync(MetadataQuery query, GridIdentity caller, CancellationToken cancellationToken);

    /// <summary>Makes a collection, or adds what it lacks, and says who may read which of its attributes; earlier grants are replaced. Idempotent; nothing that rows hold is lost.</summary>
    /// <returns>
    /// The collection's own id, which it was given at random when it was made and keeps as long as it lasts. Another one than the last time says that the store was lost, or the collection removed, and made
    /// anew: rows that were put before are gone, and the host puts them again.
    /// </returns>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Refused"/>: an attribute is there with another type, or its name or type cannot be.</exception>
    ValueTask<Guid> DeclareAsync(MetadataCollection collection, ImmutableArray<MetadataGrant> readers, CancellationToken cancellationToken);

    /// <summary>
    /// Writes rows into declared collections. Attributes that a row names are replaced, those that it does not name stay as they are, so that what users added is kept. Idempotent; all rows of one call or none.
    /// </summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>: a collection or attribute was not declared; <see cref="MdmErrorKind.Refused"/>: a value does not fit its type.</exception>
    ValueTask PutManyAsync(IReadOnlyList<MetadataRow> rows, CancellationToken cancellationToken);

    /// <summary>Removes a file's rows from all collections; removing what is not there is no error.</summary>
    ValueTask RemoveAsync(FileId file, CancellationToken cancellationToken);
}

/// <summary>A collection and its attributes.</summary>
public sealed record MetadataCollection(StoragePath Path, ImmutableArray<MetadataColumn> Columns);

/// <summary>An attribute of a collection.</summary>
/// <param name="Name">A letter, then letters, digits and <c>_</c>; at most 64. Attributes of an archive go by their keyword.</param>
/// <param name="Type">AMGA type: <c>int</c>, <c>float</c>, <c>varchar(n)</c>, <c>timestamp</c>, <c>text</c>, <c>numeric(p,s)</c>.</param>
/// <param name="Group">What rights to read it are given by, as <c>patient</c>, <c>image</c>, <c>medical</c>, <c>identifier</c>; lower-case letters, at most 64.</param>
public sealed record MetadataColumn(string Name, string Type, string Group);

/// <summary>Who may read attributes of a collection. Where both <paramref name="Group"/> and <paramref name="User"/> are null, everybody who is known.</summary>
/// <param name="Group">Members of this group, in this role where it names one.</param>
/// <param name="User">This one.</param>
/// <param name="AttributeGroups">Only attributes of these groups; empty is all.</param>
public sealed record MetadataGrant(Fqan? Group, DistinguishedName? User, ImmutableArray<string> AttributeGroups);

/// <summary>The attributes of one file in one collection.</summary>
/// <param name="Collection">Where.</param>
/// <param name="File">Whose; it names the row.</param>
/// <param name="Path">The file's path, which the row carries so that an answer leads to the file; null leaves it as it is. To be read by those who may read the group <c>identifier</c>.</param>
/// <param name="Attributes">Values. More than one value of a text attribute are joined with <c>\</c>, as DICOM does; of others the first is taken. No value clears the attribute.</param>
public sealed record MetadataRow(StoragePath Collection, FileId File, StoragePath? Path, ImmutableArray<ArchiveAttribute> Attributes)
{
    /// <summary>Who finds the row; null leaves that as it is. Only an <see cref="IRestrictableMetadataStore"/> is ever given any.</summary>
    public RowReaders? Readers { get; init; }

    /// <summary>Without values: they identify patients.</summary>
    public override string ToString() => $"{File} in {Collection}";
}

/// <summary>A query over one collection.</summary>
/// <param name="Collection">Where.</param>
/// <param name="Conditions">All must hold; empty is every row.</param>
/// <param name="Attributes">What to return; empty is all that the caller may read.</param>
/// <param name="Limit">Most rows.</param>
public sealed record MetadataQuery(StoragePath Collection, ImmutableArray<AttributeCondition> Conditions, ImmutableArray<string> Attributes, int Limit);
