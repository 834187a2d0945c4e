using System.IO.Enumeration;
using Mdm.Abstractions;

namespace Mdm.Plugins.Disk.Tree;

/// <summary>The paths of all files below the top, relative to it. Links are passed over; so is what goes while it is listed.</summary>
internal sealed class TreeListing(string top) : FileSystemEnumerator<string>(top, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false })
{
    /// <summary>The next path; null at the end.</summary>
    /// <exception cref="MdmException">The listing is not complete.</exception>
    public string? Next()
    {
        try
        {
            return MoveNext() ? Current : null;
        }
        catch (IOException error)
        {
            throw PosixError.Of(error, "The archive cannot be listed");
        }
        catch (UnauthorizedAccessException)
        {
            throw PosixError.Of(PosixError.Denied, "The archive cannot be listed");
        }
    }

    protected override string TransformEntry(ref FileSystemEntry entry) => Path.GetRelativePath(entry.RootDirectory.ToString(), entry.ToFullPath());

    protected override bool ShouldIncludeEntry(ref FileSystemEntry entry) => !entry.IsDirectory && !IsLink(ref entry);

    protected override bool ShouldRecurseIntoEntry(ref FileSystemEntry entry) =>
        !IsLink(ref entry) && !(entry.Directory.Length == entry.RootDirectory.Length && entry.FileName.SequenceEqual(Incoming.FolderName));

    protected override bool ContinueOnError(int error) => error == PosixError.None;

    private static bool IsLink(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0;
}
