using System.Text.Json.Serialization;

namespace Mdm.Formats.Names;

/// <summary>An entry's name: where it is, or its id as 32 hexadecimal digits. One of the two.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WireName(string? Path = null, string? Id = null);

/// <summary>Asks for one entry.</summary>
/// <param name="Entry">Which.</param>
/// <param name="Follow">False for a symbolic name itself.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record StatQuestion(WireName Entry, bool Follow = true);

/// <summary>Asks for a page of a directory.</summary>
/// <param name="Path">Which.</param>
/// <param name="After">Names after this one; null from the start.</param>
/// <param name="Limit">Entries at most; <see cref="NamesLimits.MaxListed"/> when left out.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ListQuestion(string Path, string? After = null, int Limit = NamesLimits.MaxListed);

/// <summary>Changes an access list.</summary>
/// <param name="Entry">Whose.</param>
/// <param name="Change"><c>replace</c>, <c>modify</c> or <c>delete</c>.</param>
/// <param name="Entries">As <c>user:DN:r-x</c>; the rights of those that are deleted do not matter.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AclQuestion(WireName Entry, string Change, IReadOnlyList<string> Entries);

/// <summary>Gives an entry to somebody else; what is null stays.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record OwnerQuestion(WireName Entry, string? Owner = null, string? Group = null);

/// <summary>Makes a symbolic name.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record LinkQuestion(string Target, string Link);

/// <summary>Puts a comment, or takes it away.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CommentQuestion(WireName Entry, string? Comment = null);

/// <summary>Changes the one logical right of a file: who may read it, and who may find it by its metadata. One of the three.</summary>
/// <param name="Entry">Whose.</param>
/// <param name="Mode">Nine letters, as <c>rwxr-x---</c>: who may read.</param>
/// <param name="Level"><c>private</c>, <c>group</c>, <c>anonymous</c> or <c>none</c>: who may find.</param>
/// <param name="User">Both, for one user.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RightQuestion(WireName Entry, string? Mode = null, string? Level = null, WireUserRight? User = null);

/// <summary>The right of one user.</summary>
/// <param name="Subject">A subject name.</param>
/// <param name="Organisation">His virtual organisation, without a slash.</param>
/// <param name="Permissions">Three letters, as <c>r-x</c>.</param>
/// <param name="Level">As <see cref="RightQuestion.Level"/>: anything but <c>none</c> lets him find the file as far as the publication admits him.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WireUserRight(string Subject, string Organisation, string Permissions, string Level);

/// <summary>Takes a file or a symbolic name away, as srmRm does.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RemoveQuestion(WireName Entry);

/// <summary>An entry with all that the host tells of it.</summary>
/// <param name="Id">32 hexadecimal digits.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Kind"><c>directory</c>, <c>file</c> or <c>link</c>.</param>
/// <param name="Owner">A subject name.</param>
/// <param name="Group">An FQAN.</param>
/// <param name="Acl">All entries, those by default included.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ModifiedAt">When it last changed.</param>
/// <param name="Length">Bytes as they are delivered; null while nobody measured them.</param>
/// <param name="Adler32">Eight hexadecimal digits.</param>
/// <param name="Target">Of a link.</param>
/// <param name="Comment">Null for none, and for whoever may not read the entry.</param>
/// <param name="Publication">Which one it is of.</param>
/// <param name="Search">Who may find it by its metadata, of those whom the publication admits; null for all of them.</param>
/// <param name="Key">The id of the key that a file is sealed with, once it was staged; null for whoever may not read the file.</param>
public sealed record WireEntry(
    string Id, string Path, string Kind, string Owner, string Group, IReadOnlyList<string> Acl, DateTimeOffset CreatedAt, DateTimeOffset ModifiedAt,
    long? Length = null, string? Adler32 = null, string? Target = null, string? Comment = null, string? Publication = null, IReadOnlyList<string>? Search = null, string? Key = null);

/// <summary>A page of a directory.</summary>
/// <param name="Entries">In the order of their names.</param>
/// <param name="IsLast">True when there are no more.</param>
public sealed record EntriesAnswer(IReadOnlyList<WireEntry> Entries, bool IsLast);

/// <summary>An entry after its change.</summary>
/// <param name="Entry">As it stands in the catalogue.</param>
/// <param name="IsSettled">True when all that follows the catalogue's rights has confirmed them; false when they are still being told.</param>
public sealed record ChangeAnswer(WireEntry Entry, bool IsSettled);

/// <summary>An entry is no more.</summary>
/// <param name="IsSettled">True when all that follows the catalogue has let go of it too; false when it is still being told.</param>
public sealed record RemoveAnswer(bool IsSettled);
