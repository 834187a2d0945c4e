using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Rows on their way into a directory; none of them is there before the commit, then all are.</summary>
internal sealed class Upload(string path, string[] attributes, AmgaType[] types, Spool rows) : IDisposable
{
    public string Path => path;

    public IReadOnlyList<string> Attributes => attributes;

    public IReadOnlyList<AmgaType> Types => types;

    public Spool Rows => rows;

    public long Count { get; set; }

    /// <summary>What a row was refused for: of that upload nothing is kept.</summary>
    public AmgaException? Failure { get; set; }

    public void Dispose() => rows.Dispose();
}
