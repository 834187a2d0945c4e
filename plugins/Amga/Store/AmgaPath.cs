using System.Text;

namespace Mdm.Plugins.Amga.Store;

/// <summary>Paths as clients write them: absolute, or relative to a session's directory; <c>.</c> and <c>..</c> as usual, repeated slashes collapsed.</summary>
internal static class AmgaPath
{
    /// <summary>Longest path of a directory, in bytes of UTF-8.</summary>
    public const int MaxBytes = 1024;

    /// <summary>Longest name, in bytes of UTF-8.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Most names in a path.</summary>
    public const int MaxDepth = 64;

    private static readonly UTF8Encoding Strict = new(false, true);

    public static string Absolute(string directory, string path)
    {
        var names = new List<string>();
        if (path.Length > 2 * MaxBytes)
            throw new AmgaException(AmgaError.IllegalCommand, $"The path is longer than {MaxBytes} bytes (MaxBytes).");
        foreach (var name in (path.StartsWith('/') ? path : directory + "/" + path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (name == "..")
                names.RemoveRange(Math.Max(0, names.Count - 1), Math.Min(1, names.Count));
            else if (name != ".")
                names.Add(Checked(name));
        }
        if (names.Count > MaxDepth)
            throw new AmgaException(AmgaError.IllegalCommand, $"The path has more than {MaxDepth} names (MaxDepth).");
        var absolute = "/" + string.Join('/', names);
        return Strict.GetByteCount(absolute) <= MaxBytes ? absolute : throw new AmgaException(AmgaError.IllegalCommand, $"The path is longer than {MaxBytes} bytes (MaxBytes).");
    }

    public static string Parent(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/";

    public static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    public static string Child(string directory, string name) => directory == "/" ? "/" + name : directory + "/" + name;

    private static string Checked(string name)
    {
        if (name.Any(char.IsControl))
            throw new AmgaException(AmgaError.IllegalCommand, "A name has control characters.");
        try
        {
            return Strict.GetByteCount(name) <= MaxNameBytes ? name : throw new AmgaException(AmgaError.IllegalCommand, $"A name is longer than {MaxNameBytes} bytes (MaxNameBytes).");
        }
        catch (EncoderFallbackException e)
        {
            throw new AmgaException(AmgaError.IllegalCommand, "A name is no Unicode text.", e);
        }
    }
}
