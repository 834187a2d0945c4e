using System.Collections.Immutable;
using Mdm.Abstractions;

namespace Mdm.Formats.Amga.Search;

/// <summary>What is asked of every collection.</summary>
public sealed record SearchQuestion
{
    /// <summary>Most rows that a search may be limited to, and that it remembers to give none of them twice.</summary>
    public const int MaxRows = 10_000_000;

    /// <summary>The condition, in the servers' language; empty for every entry. Names of attributes are relative to each collection.</summary>
    public string Condition { get; init; } = string.Empty;

    /// <summary>The attributes to return; null for all that the caller may read there. One that a collection does not have has no value.</summary>
    public ImmutableArray<string>? Attributes { get; init; }

    /// <summary>By what the rows are ordered, the first first; empty for the order in which they arrive.</summary>
    public ImmutableArray<OrderKey> Order { get; init; } = [];

    /// <summary>Most rows; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Rows to leave out at the beginning.</summary>
    public int Offset { get; init; }

    /// <summary>Longest <see cref="TimeLimit"/>.</summary>
    public static readonly TimeSpan MaxTimeLimit = TimeSpan.FromDays(1);

    /// <summary>How long each server is waited for, all of its answer together. While whoever asked does not take its rows the time stands still.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The only clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>An attribute that rows are ordered by. Rows without a value come last, either way.</summary>
public sealed record OrderKey(string Attribute, bool IsDescending = false);

/// <summary>A collection on a server.</summary>
/// <param name="Server">How the server is called in reports.</param>
/// <param name="Collection">Absolute path.</param>
/// <param name="OpenAsync">Opens a session with the server; the search closes it.</param>
public sealed record SearchTarget(string Server, string Collection, Func<CancellationToken, Task<AmgaConnection>> OpenAsync)
{
    /// <summary>Makes the condition out of the attributes that the collection has for the caller and their types; null where nothing of it can match. Without it the question's own condition counts.</summary>
    public Func<IReadOnlyDictionary<string, string>, string?>? Condition { get; init; }
}

/// <summary>An entry that was found.</summary>
/// <param name="Target">Where.</param>
/// <param name="Entry">Its name there; for files of a storage host <c>guid:</c> and the file's GUID.</param>
/// <param name="Path">The file's path, where the collection has an attribute <c>Path</c>; otherwise null.</param>
/// <param name="Values">By attribute; only what has a value.</param>
public sealed record FoundRow(SearchTarget Target, string Entry, string? Path, ImmutableDictionary<string, string> Values)
{
    /// <summary>The file that it stands for; null where its name says none. The same everywhere, while any other name means something in its own collection only.</summary>
    public FileId? File => Entry.StartsWith(FileGuid.Prefix, StringComparison.Ordinal) && FileGuid.TryParse(Entry, out var id) ? id : null;

    /// <summary>Without values: they may identify patients.</summary>
    public override string ToString() => $"{Entry} in {Target.Collection} of {Target.Server}";
}

/// <summary>How a target did.</summary>
public enum TargetOutcome
{
    /// <summary>It is still asked.</summary>
    Asked,

    /// <summary>It gave all that it has.</summary>
    Answered,

    /// <summary>It has not all of the attributes that the condition or the order names, so nothing of it can match.</summary>
    NotThere,

    /// <summary>It refused, could not be reached, or broke off.</summary>
    Failed,

    /// <summary>It did not give all within the time that it is waited for.</summary>
    Late,
}

/// <summary>How a target did in a search.</summary>
/// <param name="Target">Which.</param>
/// <param name="Outcome">How.</param>
/// <param name="Rows">What it gave, before the rows of all were merged.</param>
/// <param name="Reason">Why not all; null where it answered.</param>
/// <param name="Elapsed">Until it was done.</param>
public sealed record TargetReport(SearchTarget Target, TargetOutcome Outcome, long Rows, string? Reason, TimeSpan Elapsed)
{
    /// <summary>AMGA's code where the server refused; otherwise null.</summary>
    public int? Code { get; init; }
}
