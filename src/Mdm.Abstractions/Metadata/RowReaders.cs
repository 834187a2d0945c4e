using System.Collections.Immutable;

namespace Mdm.Abstractions;

/// <summary>Ability: single rows are found by fewer than the collection admits.</summary>
/// <remarks>
/// <see cref="MetadataRow.Readers"/> says by whom. Whoever is not among them, or whom the collection does not admit, is answered as if the row were not there: in rows, conditions, orders, counts and errors.
/// </remarks>
public interface IRestrictableMetadataStore : IMetadataStore
{
    /// <summary>Every file's row of a collection once, in the order of the files' ids, with its readers as they were last put.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>: the collection.</exception>
    IAsyncEnumerable<RowRights> ListReadersAsync(StoragePath collection, CancellationToken cancellationToken);
}

/// <summary>Who finds a file's row.</summary>
public sealed record RowRights(FileId File, RowReaders Readers);

/// <summary>One of those who are named.</summary>
/// <param name="User">This one; or</param>
/// <param name="Group">members of this group, in this role where it names one; or, where both are null, everybody else who is known.</param>
/// <param name="MayFind">False for one who may not, though others of his group may.</param>
public sealed record RowReader(DistinguishedName? User, Fqan? Group, bool MayFind);

/// <summary>
/// Who finds a row, of those whom its collection admits. Who is named himself has what his own entry says; else, whoever is in groups that are named finds the row if one of them does; else what is said of everybody counts, and
/// nobody who is not named finds it where nothing is said. Immutable, safe for concurrent use.
/// </summary>
public sealed class RowReaders : IEquatable<RowReaders>
{
    private RowReaders(ImmutableArray<RowReader>? named) => (IsRestricted, Named) = (named is not null, named ?? []);

    /// <summary>All whom the collection admits: what every row has until something else is put.</summary>
    public static RowReaders AsCollection { get; } = new(null);

    /// <summary>False where all find it whom the collection admits.</summary>
    public bool IsRestricted { get; }

    /// <summary>Who is named, each once, in a fixed order; empty where the row is not restricted, or nobody finds it.</summary>
    public ImmutableArray<RowReader> Named { get; }

    /// <summary>Those who are named, and nobody else. Of two entries of one name one that may counts.</summary>
    /// <exception cref="ArgumentException">An entry names a user and a group.</exception>
    public static RowReaders Only(IEnumerable<RowReader> named)
    {
        ArgumentNullException.ThrowIfNull(named);
        var all = named.ToList();
        if (all.Exists(static reader => reader is { User: not null, Group: not null }))
            throw new ArgumentException("An entry is of a user or of a group.", nameof(named));
        return new RowReaders([.. all.GroupBy(static reader => (User: reader.User?.ToString(), Group: reader.Group?.ToString())).OrderBy(static same => same.Key.User ?? "\uffff", StringComparer.Ordinal)
            .ThenBy(static same => same.Key.Group ?? "\uffff", StringComparer.Ordinal).Select(static same => same.First() with { MayFind = same.Any(static reader => reader.MayFind) })]);
    }

    /// <inheritdoc/>
    public bool Equals(RowReaders? other) => other is not null && IsRestricted == other.IsRestricted && Named.AsSpan().SequenceEqual(other.Named.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RowReaders);

    /// <inheritdoc/>
    public override int GetHashCode() => Named.Aggregate(IsRestricted ? 1 : 0, HashCode.Combine);
}
