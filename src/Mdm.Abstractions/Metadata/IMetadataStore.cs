using System.Collections.Immutable;

namespace Mdm.Abstractions;

/// <summary>Keeps attributes of files and answers queries. It checks the caller itself; an answer is never a permission to read a file.</summary>
/// <remarks>Safe for concurrent use. Nobody infers from a query what he may not read: neither by condition nor by order, count or error.</remarks>
public interface IMetadataStore : IAsyncDisposable
{
    /// <summary>The collections and attributes that the caller may see.</summary>
    IAsyncEnumerable<MetadataCollection> DescribeAsync(GridIdentity caller, CancellationToken cancellationToken);

    /// <summary>The matching rows, with the asked attributes as far as the caller may read them.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.AccessDenied"/>, <see cref="MdmErrorKind.NotFound"/>, <see cref="MdmErrorKind.Refused"/> (too large a query).</exception>
    IAsyncEnumerable<MetadataRow> QueryAsync(MetadataQuery query, GridIdentity caller, CancellationToken cancellationToken);

    /// <summary>Writes rows, replacing those of the same collection and file. Idempotent.</summary>
    ValueTask PutManyAsync(IReadOnlyList<MetadataRow> rows, CancellationToken cancellationToken);

    /// <summary>Removes a file's rows; removing what is not there is no error.</summary>
    ValueTask RemoveAsync(FileId file, CancellationToken cancellationToken);
}

/// <summary>A collection and its attributes.</summary>
public sealed record MetadataCollection(StoragePath Path, ImmutableArray<MetadataColumn> Columns);

/// <summary>An attribute of a collection: its name and AMGA type (<c>int</c>, <c>float</c>, <c>varchar(n)</c>, <c>timestamp</c>, <c>text</c>, <c>numeric(p,s)</c>).</summary>
public sealed record MetadataColumn(string Name, string Type);

/// <summary>The attributes of one file in one collection.</summary>
public sealed record MetadataRow(StoragePath Collection, FileId File, ImmutableArray<ArchiveAttribute> Attributes);

/// <summary>A query over one collection.</summary>
/// <param name="Collection">Where.</param>
/// <param name="Conditions">All must hold; empty is every row.</param>
/// <param name="Attributes">What to return; empty is all that the caller may read.</param>
/// <param name="Limit">Most rows.</param>
public sealed record MetadataQuery(StoragePath Collection, ImmutableArray<AttributeCondition> Conditions, ImmutableArray<string> Attributes, int Limit);
