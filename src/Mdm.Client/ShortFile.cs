using System.Runtime.InteropServices;
using System.Text;
using Mdm.Abstractions;
using Mdm.Client.Files;

namespace Mdm.Client;

/// <summary>Reads what is short in whole: configurations, lists. A file's length is not believed, since that of a device or a pipe is 0; no more is read than the limit.</summary>
internal static class ShortFile
{
    /// <summary>Reads a file. What is none (a pipe, a terminal) is refused without waiting for it.</summary>
    /// <param name="path">Which.</param>
    /// <param name="limit">Most bytes.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: it is longer, or no regular file.</exception>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static byte[] ReadAllBytes(string path, int limit)
    {
        using var file = Open(path);
        if (!file.CanSeek)
            throw new MdmException(MdmErrorKind.InvalidName, $"{path} is no regular file.");
        return ReadAllBytes(file, path, limit);
    }

    /// <summary>The text of a file, read as <see cref="ReadAllBytes(string, int)"/> does.</summary>
    /// <inheritdoc cref="ReadAllBytes(string, int)"/>
    public static string ReadAllText(string path, int limit) => new StreamReader(new MemoryStream(ReadAllBytes(path, limit)), Encoding.UTF8).ReadToEnd();

    /// <summary>Reads to the end of a stream, which may be a pipe.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: it is longer.</exception>
    public static byte[] ReadAllBytes(Stream stream, string name, int limit)
    {
        var bytes = new byte[limit + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= limit ? bytes[..length] : throw new MdmException(MdmErrorKind.InvalidName, $"{name} is longer than {limit} bytes.");
    }

    /// <summary>The next line of a text that may have no end; null at its end.</summary>
    /// <param name="text">What.</param>
    /// <param name="name">What it is called in the error.</param>
    /// <param name="limit">Most characters.</param>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: it is longer.</exception>
    public static string? ReadLine(TextReader text, string name, int limit)
    {
        var line = new StringBuilder();
        while (text.Read() is >= 0 and var letter)
        {
            if (letter == '\n')
                return Ended();
            // One more than the limit may be the half of an end of line.
            if (line.Length > limit)
                throw TooLong();
            line.Append((char)letter);
        }
        return line.Length > 0 ? Ended() : null;

        string Ended()
        {
            if (line is [.., '\r'])
                line.Length--;
            return line.Length <= limit ? line.ToString() : throw TooLong();
        }

        MdmException TooLong() => new(MdmErrorKind.InvalidName, $"{name} has a line that is longer than {limit} characters.");
    }

    // Without waiting for whoever would write into a pipe.
    private static FileStream Open(string path)
    {
        if (!OperatingSystem.IsLinux())
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        if (Posix.Open(path, Posix.NonBlocking, 0, out var error) is not { } handle)
        {
            throw error switch
            {
                Posix.NoEntry => new FileNotFoundException($"There is no file {path}.", path),
                Posix.NotAllowed => new UnauthorizedAccessException($"{path} may not be read."),
                _ => new IOException($"{path} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}."),
            };
        }
        try
        {
            return new FileStream(handle, FileAccess.Read, bufferSize: 0);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}
